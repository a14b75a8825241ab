"""What is confirmed, as plain data with one byte form, and whether it still holds on a later day."""
from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marketplace.accounts.models import Organisation
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, statement_of
from marketplace.receivables.models import Receivable
from marketplace.rules import statutes
from marketplace.rules.lifecycle import DisputeStatus
from marketplace.rules.statement import Statement

ARTICLE = "CN-802/16-2"
VERSION = 1


class Standing(StrEnum):
    """What became of a confirmed receivable: unchanged, partly paid, otherwise than confirmed, or paid in full."""

    STANDS = "stands"
    PARTLY_PAID = "partly_paid"
    CHANGED = "changed"
    SETTLED = "settled"


@dataclass(frozen=True)
class Today:
    """A confirmed receivable at the end of a day; `open_fen` is the principal neither paid nor in dispute."""

    as_of: dt.date
    standing: Standing
    open_fen: int


def open_fen(obligation: Obligation, *, as_of: dt.date) -> int:
    """Principal that is owed and not paid at the end of a day; what is in open dispute is not in it."""
    return accrual_of(statement_of(obligation, as_of=as_of)).principal_left_fen


def draw_up(receivable: Receivable, *, on: dt.date) -> dict[str, Any]:
    """The document of a confirmation on a day. Days are ISO, amounts integer fen."""
    obligation = receivable.obligation
    contract, milestone = obligation.contract, obligation.milestone
    found = statement_of(obligation, as_of=on)
    due = found.due
    return {
        "document": "receivable-confirmation", "version": VERSION,
        "contract": {"number": contract.number, "title": contract.title, "signed_on": _iso(contract.signed_on),
                     "text_sha256": contract.text_hash},
        "milestone": {"position": milestone.position, "title": milestone.title},
        "creditor": _party(contract.founder), "debtor": _party(contract.buyer),
        "amount_fen": obligation.amount_fen, "paid_fen": _paid_fen(found), "disputed_fen": _disputed_fen(obligation),
        "confirmed_fen": accrual_of(found).principal_left_fen, "due_on": _iso(due),
        "due_provisional": obligation.provisional, "requested_on": _iso(receivable.requested_on),
        "confirmed_on": _iso(on), "law": statutes.article(ARTICLE).citation,
    }


def bytes_of(document: dict[str, Any]) -> bytes:
    """The one byte form: UTF-8 JSON, keys sorted, two blanks, a line end. `sha256sum` of it is its hash."""
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


def hash_of(document: dict[str, Any]) -> str:
    """SHA-256 of the byte form, in hexadecimal."""
    return hashlib.sha256(bytes_of(document)).hexdigest()


def today(receivable: Receivable, *, as_of: dt.date) -> Today:
    """What became of a confirmed receivable by the end of a day."""
    obligation, document = receivable.obligation, receivable.document or {}
    found = statement_of(obligation, as_of=as_of)
    left, disputed = accrual_of(found).principal_left_fen, _disputed_fen(obligation)
    before = (document.get("amount_fen"), document.get("disputed_fen"), document.get("due_on"))
    if (obligation.amount_fen, disputed, _iso(found.due)) != before:
        standing = Standing.CHANGED if left or disputed else Standing.SETTLED
    elif left == 0:
        standing = Standing.SETTLED
    else:
        standing = Standing.PARTLY_PAID if left < document.get("confirmed_fen", 0) else Standing.STANDS
    return Today(as_of, standing, left)


def _paid_fen(found: Statement) -> int:
    return sum(line.to_principal_fen for line in accrual_of(found).ledger)


def _disputed_fen(obligation: Obligation) -> int:
    return sum(one.disputed_fen for one in obligation.disputes if one.status == DisputeStatus.OPEN)


def _party(organisation: Organisation) -> dict[str, str]:
    return {"name": organisation.name, "uscc": organisation.uscc}


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
