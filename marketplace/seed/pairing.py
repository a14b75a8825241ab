"""What buyers and founders of the demo market said to what was suggested to them."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.founders import queries as founders
from marketplace.founders.models import CapabilityProfile
from marketplace.rules.feedback import DismissReason, Side
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Act, Script, demand
from marketplace.suggestions import conditions, feedback, teams

# Demands whose buyers have checked the hard requirements that were read.
CHECKED = ("dv-d047", "dv-d029", "dv-d027", "dv-d050", "dv-d022")
SHORTLISTED = (("dv-d047", "dv-p050"), ("dv-d047", "dv-p121"), ("dv-d029", "dv-p065"))
SAVED = (("dv-p085", "dv-d029"), ("dv-p140", "dv-d047"))
DISMISSED = (("dv-p085", "dv-d023", DismissReason.NO_TIME), ("dv-p018", "dv-d036", DismissReason.NOT_MY_FIELD))
ASKED = (("dv-d029", "dv-p065", "dv-p085", "我这边做派单分类，您熟悉政务窗口，要不要一起揭这个榜？"),)


def place(script: Script, *, today: dt.date) -> None:
    """Put it into the days before the seeding."""
    evening = at(today - DAY, 19)
    for ref in CHECKED:
        script.add(evening, _check(script, ref))
    for ref, person in SHORTLISTED:
        script.add(evening, _shortlist(script, ref, person))
    for person, ref in SAVED:
        script.add(evening, _mark(script, ref, person, "keep"))
    for person, ref, reason in DISMISSED:
        script.add(evening, _mark(script, ref, person, "dismiss", reason))
    for ref, asker, asked, note in ASKED:
        script.add(evening, _ask(script, ref, asker, asked, note))


def _profile(session: Session, script: Script, person: str) -> CapabilityProfile:
    found = founders.profile_of(session, script.cast.founders[person].organisation_id)
    assert found is not None
    return found


def _check(script: Script, ref: str) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        wanted = demand(session, ref)
        keep = [one.condition.key for one in conditions.of_demand(wanted)]
        conditions.confirm(session, wanted, keep=keep, actor=script.cast.buyer_of[ref], now=now)

    return act


def _shortlist(script: Script, ref: str, person: str) -> Act:
    return lambda session, now: feedback.mark(
        session, demand(session, ref), _profile(session, script, person), Side.BUYER, "keep",
        actor=script.cast.buyer_of[ref], now=now)


def _mark(script: Script, ref: str, person: str, action: str, reason: str | None = None) -> Act:
    return lambda session, now: feedback.mark(
        session, demand(session, ref), _profile(session, script, person), Side.FOUNDER, action, reason=reason,
        actor=script.cast.founders[person], now=now)


def _ask(script: Script, ref: str, asker: str, asked: str, note: str) -> Act:
    return lambda session, now: teams.ask_partner(
        session, demand(session, ref), _profile(session, script, asked).id, note=note,
        actor=script.cast.founders[asker], now=now)
