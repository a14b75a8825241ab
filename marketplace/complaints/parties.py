"""What every remedy needs: the obligation held, who may act on it, texts checked, both sides told."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.contracts import operations as contracts
from marketplace.db import Base
from marketplace.notices.operations import notify
from marketplace.payments import obligations
from marketplace.payments import queries as payments
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.statement import Statement

MOST_TEXT = 4000
Row = TypeVar("Row", bound=Base)


def hold(session: Session, obligation: Obligation, *, actor: User, side: str | None = None) -> Obligation:
    """The obligation held until the transaction ends, for its buyer, its founder ("any": either) or the operator.

    Raises NotAllowed: contract.other_side, remedy.only_operator.
    """
    obligation = obligations.hold(session, obligation.id)
    if side == "operator":
        if actor.role != Role.OPERATOR:
            raise NotAllowed("remedy.only_operator")
        return obligation
    found = contracts.side_of(obligation.contract, actor)
    if side not in ("any", found):
        raise NotAllowed("contract.other_side", side=side)
    return obligation


def side_of(obligation: Obligation, actor: User) -> str:
    """"buyer", "founder" or "operator"."""
    return "operator" if actor.role == Role.OPERATOR else contracts.side_of(obligation.contract, actor)


def part(session: Session, obligation: Obligation, model: type[Row], key: int) -> Row:
    """A row of this obligation, freshly read. Raises NotFound for one of another obligation too."""
    row = session.get(model, key, populate_existing=True) if 0 < key < 2**31 else None
    if row is None or row.obligation_id != obligation.id:  # type: ignore[attr-defined]
        raise NotFound("not_found", what=model.__tablename__, id=key)
    return row


def overdue(obligation: Obligation, *, now: dt.datetime) -> Statement:
    """The statement of today. Raises WrongState("remedy.not_overdue") unless undisputed principal is late."""
    found = statement_of(obligation, as_of=legal_day(now))
    if not found.is_overdue:
        raise WrongState("remedy.not_overdue", number=obligation.contract.number)
    return found


def text_problems(**texts: str) -> list[Problem]:
    """A problem for each text that is missing or too long."""
    found = [Problem(name, "field.required") for name, text in texts.items() if not text.strip()]
    return found + [Problem(name, "field.too_long", {"most": MOST_TEXT, "length": len(text)})
                    for name, text in texts.items() if len(text) > MOST_TEXT]


def day_problems(*, earliest: dt.date, now: dt.datetime, **days: dt.date) -> list[Problem]:
    """A problem for each day that lies in the future or before what it follows."""
    today = legal_day(now)
    found = [Problem(name, "milestone.day_in_future", {"day": day, "today": today})
             for name, day in days.items() if day > today]
    return found + [Problem(name, "milestone.day_too_early", {"day": day, "earliest": earliest})
                    for name, day in days.items() if day < earliest]


def refuse(problems: Iterable[Problem | None]) -> None:
    """Raises Problems when there is any."""
    if found := [problem for problem in problems if problem is not None]:
        raise Problems(found)


def page_of(obligation: Obligation) -> str:
    """Where both sides and the operator see everything about a late payment."""
    return f"/payments/{obligation.id}/remedies"


def tell(session: Session, obligation: Obligation, code: str, key: str, *, to: str = "both operator",
         now: dt.datetime, **facts: Any) -> None:
    """Tell some of "buyer", "founder" ("both" of them) and "operator", once for each `key`.

    Everyone's sentence is notice.<code>; it names the contract and the milestone.
    """
    contract = obligation.contract
    wanted = set(to.replace("both", "buyer founder").split())
    told = [contract.buyer_id] if "buyer" in wanted else []
    told += [contract.founder_id] if "founder" in wanted else []
    told += payments.operator_ids(session) if "operator" in wanted else []
    for organisation_id in told:
        notify(session, organisation_id, code, dedupe=f"{code}:{key}", now=now, link=page_of(obligation),
               number=contract.number, milestone=obligation.milestone.title, **facts)
