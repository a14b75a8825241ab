"""A small market with an operator who composes editions from the demands of two buyers."""
from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.clock import SHANGHAI
from marketplace.demand import operations as demands
from marketplace.demand.models import Demand
from marketplace.editions import composing, operations, queries
from marketplace.editions.composing import TrackForm
from marketplace.editions.models import Edition, EditionItem, Track
from marketplace.editions.operations import EditionForm
from marketplace.tendering import keys
from tests.integration.tendering import market as m
from tests.publishing import publish_for_bids

MARCH, APRIL = dt.date(2026, 3, 1), dt.date(2026, 4, 1)
FORM = EditionForm("三月榜单", "March", "水务与制造。", "Water and manufacturing.")


def at(day: str, hour: int = 10) -> dt.datetime:
    """An hour of a Beijing day."""
    return dt.datetime.fromisoformat(day).replace(hour=hour, tzinfo=SHANGHAI).astimezone(dt.UTC)


class Lists:
    """Everyone registered; `water` and `making` are tracks."""

    def __init__(self, session: Session) -> None:
        self.session = session
        market = m.open_market(session, founders=3)
        self.market, self.operator, self.buyer, self.founders = market, market.operator, market.buyer, market.founders
        self.other = m.person(session, 2, "buyer", payer_type="large_enterprise")
        keys.create_opening_key(session, self.other.organisation_id, "buyer", m.BUYER_PASSPHRASE, actor=self.other,
                                now=m.NOW, cost=m.CHEAP)
        self.water = self.track("water", "水务")
        self.making = self.track("making", "制造")

    def track(self, code: str, name: str) -> Track:
        return composing.add_track(self.session, TrackForm(code, name, code.title()), actor=self.operator, now=m.NOW)

    def demand(self, title: str, *, buyer: User | None = None, day: str = "2026-03-02", until: str = "2026-03-20",
               publish: bool = True, **more: object) -> Demand:
        buyer = buyer or self.buyer
        draft = dataclasses.replace(m.draft(), title=title, **{"scene": "轴承车间", "data_offered": "两周样本", **more})
        made = demands.create(self.session, draft, actor=buyer, now=at(day, 9))
        return publish_for_bids(self.session, made, bid_deadline=at(until, 17), actor=buyer,
                                        now=at(day, 9)) if publish else made

    def edition(self, month: dt.date = MARCH, *, day: str = "2026-03-02", form: EditionForm = FORM) -> Edition:
        return operations.create(self.session, month, form, actor=self.operator, now=at(day))

    def list(self, edition: Edition, demand: Demand, track: Track | None = None, *, day: str = "2026-03-02",
             ) -> EditionItem:
        return composing.add(self.session, edition, demand, track_id=(track or self.water).id, actor=self.operator,
                             now=at(day))

    def freeze(self, edition: Edition, day: str = "2026-03-03") -> Edition:
        return operations.freeze(self.session, edition, actor=self.operator, now=at(day))

    def publish(self, edition: Edition, day: str = "2026-03-03") -> Edition:
        if edition.status == "draft":
            self.freeze(edition, day)
        return operations.publish(self.session, edition, actor=self.operator, now=at(day, 11))

    def titles(self, edition: Edition) -> list[str]:
        return [item.demand.title for item in queries.items_of(self.session, edition)]
