"""Who the demo market's buyers named for reminders, and a buyer that finds a step of the ladder wrong."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement.operations import ContactNote
from marketplace.payments import queries as obligations
from marketplace.rules.escalation_states import StepStatus
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Act, Script, contract

APPEALED = "dv-d044"
REASON = "我方在验收期内口头提出过修改意见，认为付款期限不应从验收期限届满之日起算，请核对。"
NAMED = ("dv-d049", "dv-d034", "dv-d044")  # demands whose buyers have named people


def place(script: Script, *, today: dt.date) -> None:
    """Contacts named half a year ago, an appeal of yesterday afternoon that waits for the operator."""
    for number, ref in enumerate(NAMED, 1):
        script.add(at(today - 200 * DAY, 15), _name(script.cast.buyer_of[ref], number))
    script.add(at(today - DAY, 16), _appeal(script))


def _name(buyer: User, number: int) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        domain = f"buyer{number}.demo.jiebang.example"
        enforcement.save_contacts(session, [
            ContactNote("finance", "财务部 应付账款组", f"finance@{domain}", f"0731-8000-10{number:02d}"),
            ContactNote("head", "分管副总", f"head@{domain}")], actor=buyer, now=now)
    return act


def _appeal(script: Script) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        owed = obligations.of_milestone(session, contract(session, APPEALED).milestones[0].id)
        assert owed is not None
        standing = [step for step in enforcement.steps_of(session, owed) if step.status == StepStatus.TAKEN]
        if standing:
            enforcement.appeal(session, owed, standing[-1].id, reason=REASON, actor=script.cast.buyer_of[APPEALED],
                               now=now)
    return act
