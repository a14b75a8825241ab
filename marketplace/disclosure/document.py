"""What a disclosure says, computed from the obligations as of 31 December; the same data give the same document."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from marketplace import reference
from marketplace.accounts.models import Organisation
from marketplace.payments import queries as obligations
from marketplace.payments.models import Obligation
from marketplace.payments.statements import facts_of
from marketplace.rules.disclosure import disclosure, duty
from marketplace.rules.errors import NotFound
from marketplace.rules.payment_facts import PayerType
from marketplace.rules.reference_tables import TableKind
from marketplace.rules.statement import Statement


def of_buyer(session: Session, buyer: Organisation, report_year: int, *, explanation: str) -> dict[str, Any]:
    """The document of a buyer's year: contracts in scope with principal overdue at the end of 31 December.

    Payments made by then count whenever they were confirmed. Raises NotFound where Art 18 asks nothing.
    """
    asked = duty(PayerType(buyer.payer_type), report_year)
    if asked is None:
        raise NotFound("not_found", what="disclosure", id=report_year)
    as_of = dt.date(report_year, 12, 31)
    owed = {str(one.id): one for one in obligations.of_buyer(session, buyer.id)
            if one.contract.signed_on and one.contract.signed_on <= as_of}
    found = disclosure(report_year, [(ref, facts_of(one, as_of=as_of)) for ref, one in owed.items()],
                       calendar=reference.calendar(), lpr=reference.lpr_table())
    contracts = _contracts([(owed[ref], statement) for ref, statement in found.overdue])
    return {
        "form": asked.form.value, "report_year": report_year, "as_of": as_of.isoformat(),
        "buyer": {"name": buyer.name, "uscc": buyer.uscc, "payer_type": buyer.payer_type},
        "has_overdue": bool(contracts), "contract_count": len(contracts), "principal_fen": found.principal_fen,
        "contracts": contracts, "explanation": explanation,
        "tables": {kind.value: {"version": one.version, "hash": one.hash}
                   for kind in TableKind for one in [reference.edition(kind)]}}


def _contracts(overdue: list[tuple[Obligation, Statement]]) -> list[dict[str, Any]]:
    by_contract: dict[str, dict[str, Any]] = {}
    for obligation, found in overdue:
        contract = obligation.contract
        kept = by_contract.setdefault(contract.number, {
            "number": contract.number, "title": contract.title, "signed_on": contract.signed_on.isoformat(),
            "principal_fen": 0, "longest_overdue_days": 0, "parts": []})
        left, days = found.principal_left_fen or 0, found.overdue_days or 0
        kept["principal_fen"] += left
        kept["longest_overdue_days"] = max(kept["longest_overdue_days"], days)
        kept["parts"].append({"milestone": obligation.milestone.title, "principal_fen": left, "overdue_days": days,
                              "due_on": found.due.isoformat() if found.due else None})
    return [by_contract[number] for number in sorted(by_contract)]


@dataclass(frozen=True)
class Difference:
    """One thing two versions say differently: a field, or what is owed on a contract; None where it is not named."""

    what: str
    before: Any
    now: Any


FIELDS = ("has_overdue", "contract_count", "principal_fen", "explanation")


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[Difference]:
    """What a correction changes."""
    found = [Difference(name, before[name], now[name]) for name in FIELDS if before[name] != now[name]]
    owed_before, owed_now = ({one["number"]: one["principal_fen"] for one in said["contracts"]}
                             for said in (before, now))
    return found + [Difference(number, owed_before.get(number), owed_now.get(number))
                    for number in sorted(owed_before.keys() | owed_now.keys())
                    if owed_before.get(number) != owed_now.get(number)]
