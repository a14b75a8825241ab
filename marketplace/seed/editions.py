"""The demo's monthly lists: last month's and this month's published, next month's being composed."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.accounts import standing
from marketplace.accounts.models import User
from marketplace.demand.models import Demand
from marketplace.editions import composing, operations, queries
from marketplace.editions.composing import TrackForm
from marketplace.editions.models import Edition, Track
from marketplace.editions.operations import EditionForm
from marketplace.rules.editions import following, month_of
from marketplace.seed.cast import DEMO_DOMAIN
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Script

MADE, LISTED, DRAFTED = 46, 12, 2  # days before the day of seeding; bidding in the demo lasts two weeks
TRACKS = (  # the first whose words occur in a demand's industry takes it
    TrackForm("city", "城市治理与公共服务", "City and public services"),
    TrackForm("energy-water", "能源、水务与环保", "Energy, water, environment"),
    TrackForm("making", "制造与新材料", "Manufacturing and materials"),
    TrackForm("health", "医疗与健康", "Health"),
    TrackForm("culture-trade", "文化、商贸与农业", "Culture, trade, farming"),
)
_WORDS = {"energy-water": ("电力", "水的", "生态"), "health": ("医药", "卫生", "社会工作"),
          "making": ("制造", "制品", "纺织", "建筑", "研究"),
          "city": ("国家机构", "公共设施", "教育", "运输", "居民服务")}
_INTRODUCTION = ("本期需求均已公布场景、数据和付款条件，投标截止前密封揭榜。",
                 "Every demand states its scene, its data and its payment terms; bids are sealed until the deadline.")


def place(script: Script, *, today: dt.date) -> None:
    """Editions on days relative to the day of seeding, through the operations the operator uses."""
    this = month_of(today)
    last = month_of(this - DAY)
    script.add(at(today - (MADE + 1) * DAY, 9), _tracks(script))
    script.add(at(today - MADE * DAY, 10), _publish(script, last))
    script.add(at(today - LISTED * DAY, 10), _publish(script, this))
    script.add(at(today - DRAFTED * DAY, 10), _compose(script, following(this)))
    for founder in (one for one in script.cast.founders.values() if one.email.endswith(DEMO_DOMAIN)):
        script.add(at(today - (MADE + 1) * DAY, 12), _subscribe(founder))


def _subscribe(founder: User) -> Callable[[Session, dt.datetime], None]:
    def act(session: Session, now: dt.datetime) -> None:
        operations.subscribe(session, every=True, track_ids=[], actor=founder, now=now)
    return act


def _tracks(script: Script) -> Callable[[Session, dt.datetime], None]:
    def act(session: Session, now: dt.datetime) -> None:
        for form in TRACKS:
            composing.add_track(session, form, actor=script.cast.operator, now=now)
    return act


def _form(month: dt.date) -> EditionForm:
    return EditionForm(f"{month.year}年{month.month}月场景需求榜单", f"Demands of {month:%Y-%m}", *_INTRODUCTION)


def _publish(script: Script, month: dt.date) -> Callable[[Session, dt.datetime], None]:
    def act(session: Session, now: dt.datetime) -> None:
        operator = script.cast.operator
        edition = operations.create(session, month, _form(month), actor=operator, now=now)
        composing.carry_over(session, edition, actor=operator, now=now)
        _list(session, edition, script, now)
        if queries.items_of(session, edition):
            operations.freeze(session, edition, actor=operator, now=now)
            operations.publish(session, edition, actor=operator, now=now)
    return act


def _list(session: Session, edition: Edition, script: Script, now: dt.datetime) -> None:
    tracks = {track.code: track for track in queries.tracks(session)}
    for wanted in reversed(queries.candidates(session, edition, now=now)):
        if not standing.open_blocks(session, wanted.buyer_id):
            composing.add(session, edition, wanted, track_id=_track(wanted, tracks).id, actor=script.cast.operator,
                          now=now)


def _track(wanted: Demand, tracks: dict[str, Track]) -> Track:
    code = next((code for code, words in _WORDS.items() if any(word in wanted.industry for word in words)),
                TRACKS[-1].code)
    return tracks[code]


def _compose(script: Script, month: dt.date) -> Callable[[Session, dt.datetime], None]:
    """What is untaken is carried over; one buyer proposes a demand, which waits for the operator."""
    def act(session: Session, now: dt.datetime) -> None:
        operator = script.cast.operator
        edition = operations.create(session, month, _form(month), actor=operator, now=now)
        composing.carry_over(session, edition, actor=operator, now=now)
        waiting = queries.candidates(session, edition, now=now)
        if waiting:
            buyer = next(one for one in script.cast.buyers.values() if one.organisation_id == waiting[0].buyer_id)
            composing.propose(session, edition, waiting[0], note="请列入下一期，现场可以踏勘。", actor=buyer, now=now)
    return act
