"""What entries, documents and faults are called, in the reader's language."""
from __future__ import annotations

from marketplace.i18n import label, t
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.queries import Fault
from marketplace.rules.ledger import Account, EntryKind
from marketplace.rules.money import format_fen


def kind(entry: JournalEntry) -> str:
    """Why an entry was written."""
    return label(EntryKind(entry.kind))


def account(name: str) -> str:
    """An account's name."""
    return label(Account(name))


def source(entry: JournalEntry) -> str:
    """The document an entry is about."""
    return t(f"ledger.source.{entry.source_type}", id=entry.source_id)


def where(fault: Fault) -> str:
    """The entry or obligation a fault is found at."""
    if fault.entry_id is not None:
        return t("ledger.entry", id=fault.entry_id)
    return t("ledger.on_obligation", id=fault.obligation_id)


def reason(fault: Fault) -> str:
    """What is wrong there."""
    return t(f"ledger.fault.{fault.reason}", account=fault.account or "")


def figures(fault: Fault) -> list[str]:
    """The two amounts that disagree, none where there are none."""
    if fault.booked_fen is None or fault.expected_fen is None:
        return []
    return [f"{t('ledger.booked')} {format_fen(fault.booked_fen)}",
            f"{t('ledger.expected')} {format_fen(fault.expected_fen)}"]
