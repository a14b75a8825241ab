"""The only way into the journal: a balanced entry, its lines, and the audit entry that repeats them."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.contracts.models import Contract
from marketplace.ledger.models import JournalEntry, JournalLine
from marketplace.rules.ledger import EntryKind, Lines, check

POST = "ledger:post"


@dataclass(frozen=True)
class Posting:
    """What is to be written about one document of an obligation."""

    kind: EntryKind
    source_type: str
    source_id: int
    obligation_id: int
    effective_on: dt.date
    lines: Lines
    reverses_id: int | None = None


def post(session: Session, contract: Contract, posting: Posting, *, actor: User | str,
         now: dt.datetime) -> JournalEntry:
    """Write one entry about a claim under `contract`. Raises Invalid (ledger.empty, ledger.unbalanced)."""
    total = check(posting.lines)
    entry = JournalEntry(
        kind=posting.kind, source_type=posting.source_type, source_id=posting.source_id, contract_id=contract.id,
        obligation_id=posting.obligation_id, effective_on=posting.effective_on, recorded_at=now,
        recorded_by=actor if isinstance(actor, str) else f"user:{actor.id}", reverses_id=posting.reverses_id,
        debit_fen=total, credit_fen=-sum(fen for fen in posting.lines.values() if fen < 0),
        lines=[JournalLine(account=account, organisation_id=contract.founder_id, amount_fen=fen)
               for account, fen in posting.lines.items()])
    session.add(entry)
    audit.record(session, POST, entry, actor=actor, at=now, **said_of(entry))
    return entry


def said_of(entry: JournalEntry) -> dict[str, object]:
    """What the audit chain keeps of an entry, so that a change of the journal alone is found."""
    return {"kind": str(entry.kind), "about": f"{entry.source_type}:{entry.source_id}",
            "obligation": entry.obligation_id, "effective_on": entry.effective_on, "reverses": entry.reverses_id,
            "lines": {str(line.account): line.amount_fen for line in entry.lines}}
