"""The journal on pages: a party sees its own contracts, the operator all, down to the audit entries."""
from __future__ import annotations

from itertools import islice

from flask import Blueprint, render_template, request

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.audit import operations as audit
from marketplace.db import reading
from marketplace.forms import FormState
from marketplace.ledger import queries, texts
from marketplace.payments import books
from marketplace.payments import queries as payments

pages = Blueprint("ledger", __name__)
ENTRIES = 50
MOST_FAULTS = 200


def _number(name: str) -> int | None:
    """A whole number from the address, None when there is none that could be one."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@pages.get("/ledger")
@security.require()
def journal() -> str:
    """Entries newest first with the balances they add up to; ?contract=NUMBER, ?obligation=ID, ?before=ID."""
    actor, contract = security.actor(), request.args.get("contract", "").strip()[:40]
    obligation, today = _number("obligation"), clock.legal_day(clock.utc_now())
    with reading() as session:
        entries = queries.entries(session, actor=actor, contract=contract, obligation_id=obligation,
                                  before=_number("before"), limit=ENTRIES)
        balances = queries.balances(session, actor=actor, contract=contract, obligation_id=obligation)
        return render_template(
            "ledger/journal.html", entries=entries, texts=texts, today=today, contract=contract, obligation=obligation,
            balances=[(account, fen) for account, fen in balances.items() if fen], here="journal",
            search=FormState({"contract": contract}), role=actor.role,
            next_before=entries[-1].id if len(entries) == ENTRIES else None)


@pages.get("/ledger/entries/<int(max=2147483647):entry_id>")
@security.require()
def entry(entry_id: int) -> str:
    """One entry: its lines, what it is from, and the other entries of the same obligation."""
    actor = security.actor()
    with reading() as session:
        found = queries.entry_for(session, entry_id, actor=actor)
        obligation = payments.for_party(session, found.obligation_id, actor=actor)
        same = queries.entries(session, actor=actor, obligation_id=found.obligation_id, limit=ENTRIES)
        names = audit.actor_names(session, audit.history(session, "journal_entry", entry_id))
        return render_template("ledger/entry.html", entry=found, obligation=obligation, same=same, texts=texts,
                               role=actor.role, here="journal", by=names.get(found.recorded_by, found.recorded_by),
                               source_object="obligation" if found.source_type == "interest" else found.source_type)


@pages.get("/ledger/verification")
@security.require(Role.OPERATOR)
def verify() -> str:
    """Compute everything again and show what disagrees."""
    with reading() as session:
        faults = list(islice(books.faults(session, today=clock.legal_day(clock.utc_now())), MOST_FAULTS))
        return render_template("ledger/verify.html", faults=faults, texts=texts, size=queries.size(session),
                               here="journal", role=Role.OPERATOR)
