"""Filling an empty database with the demo market, all of it or nothing."""
from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.clock import legal_day
from marketplace.complaints import round as remedies
from marketplace.founders import credentials
from marketplace.founders import operations as founders
from marketplace.founders.operations import CaseDraft, ProfileDraft
from marketplace.notices import operations as notices
from marketplace.payments import tick
from marketplace.receivables import rounds as answers
from marketplace.seed import cast as casting
from marketplace.seed import records
from marketplace.seed.cast import OPERATOR_PASSPHRASE, PASSPHRASE, Cast
from marketplace.seed.days import at
from marketplace.seed.story import tell
from marketplace.seed.tender import DAY, Script
from marketplace.tendering import keys
from marketplace.tendering.sealing import WrappingCost
from marketplace.tendering.store import Store

HISTORY = dt.timedelta(days=240)
LATE_SINCE = dt.timedelta(days=75)  # before it nothing of the story is late enough to have consequences


def is_empty(session: Session) -> bool:
    """Whether nobody has registered yet."""
    return not session.scalar(select(func.count()).select_from(Organisation))


def seed(session: Session, folder: Path, *, password_hash: str, now: dt.datetime,
         cost: WrappingCost | None = None, files: Store | None = None) -> str:
    """Make the demo market as of `now`. Returns the escrow key's private text, which is kept nowhere else.

    Every step goes through the operation a person would use, at the moment it would have happened, so the audit
    chain, the notices and every date are what they would be. `cost` is that of one try at a demo passphrase; `files`
    is where the data of trials lies, None for none.
    """
    today = legal_day(now)
    opened = at(today - HISTORY, 9)
    cast = casting.register_all(session, folder, password_hash=password_hash, now=opened)
    escrow = keys.create_platform_keys(session, cast.operator.organisation_id, OPERATOR_PASSPHRASE, now=opened,
                                       actor=cast.operator, cost=cost)
    for buyer in cast.buyers.values():
        keys.create_opening_key(session, buyer.organisation_id, "buyer", PASSPHRASE, actor=buyer, now=opened, cost=cost)
    profiles = {record["id"]: record for record in casting.read(folder, "profiles.jsonl")}
    _save_profiles(session, cast, profiles, now=opened)
    demands = {record["id"]: record for record in casting.read(folder, "demands.jsonl")}
    script = Script(cast, demands, profiles, files=files)
    tell(script, casting.read(folder, "story.json"), today=today)
    _daily_rounds(script, today)
    for moment, act in script.in_order(until=now):
        act(session, moment)
    return escrow


def _daily_rounds(script: Script, today: dt.date) -> None:
    """The tick of every day, so that reminders are dated as they would have been."""
    for back in range(HISTORY.days - 1, -1, -1):
        day = today - back * DAY

        def act(session: Session, now: dt.datetime, day: dt.date = day) -> None:
            notices.once_a_day(session, "tick", day, now=now, work=lambda: _round(session, day, now, today))

        script.add(at(day, 0, 10), act)


def _round(session: Session, day: dt.date, now: dt.datetime, today: dt.date) -> dict[str, Any]:
    late = (remedies.run, credentials.expiry_round) if today - day <= LATE_SINCE else ()
    rounds = (tick.run, *late, answers.run)
    return {name: count for run in rounds for name, count in run(session, today=day, now=now).items()}


def _save_profiles(session: Session, cast: Cast, profiles: dict[str, Any], *, now: dt.datetime) -> None:
    for ref, record in profiles.items():
        founders.save_profile(session, _draft(record), actor=cast.founders[ref], now=now)


def _draft(record: dict[str, Any]) -> ProfileDraft:
    lists = {name: tuple(record[name]) for name in ("skills", "industries", "languages", "certifications")}
    cases = tuple(CaseDraft(case["title"], case["summary"]) for case in record["past_cases"])
    return ProfileDraft(
        headline=record["headline"], bio=record["bio"], region=record["region"], day_rate_fen=record["day_rate_fen"],
        remote_ok=record["remote_ok"], capacity_days_per_month=record["capacity_days_per_month"], past_cases=cases,
        external_ref=record["id"], agents=records.AGENTS.get(record["id"], ()), **lists)
