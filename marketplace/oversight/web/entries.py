"""Everything recorded under one contract, in the order in which it happened."""
from __future__ import annotations

import json
from typing import Any

from flask import render_template

from marketplace import security
from marketplace.accounts.models import Role
from marketplace.audit import operations as audit
from marketplace.audit import texts as audit_texts
from marketplace.db import reading
from marketplace.oversight import entries, queries
from marketplace.oversight.web.pages import ROW, pages
from marketplace.rules.errors import NotFound

SAID, SHORT = 4, 40  # how many facts a sentence tells, and how long each may be; all of them stand below it


@pages.get(f"/operator/audit/contract/<{ROW}:contract_id>/all")
@security.require(Role.OPERATOR)
def trail(contract_id: int) -> str:
    """The contract, its demand and award, milestones, obligations, payments, disputes and all that refers to them."""
    with reading() as session:
        contract = entries.contract_of(session, contract_id)
        if contract is None:
            raise NotFound("not_found", what="contract", id=contract_id)
        found = entries.trail(session, contract)
        names = audit.actor_names(session, found.entries)
        called = entries.planned(session, contract_id)
        return render_template(
            "oversight/entries.html", contract=contract, bidding=found.bidding,
            notes=queries.notes_of(session, contract.demand_id),
            entries=[_shown(entry, names, called) for entry in found.entries])


def _shown(entry: audit.AuditEntry, names: dict[str, str], called: dict[str, str]) -> dict[str, Any]:
    """One entry as a sentence, with its facts below; key "said": who did what to what, with which main facts."""
    facts = json.loads(entry.facts)
    name = called.get(f"{entry.object_type}:{entry.object_id}", entry.object_id)
    told = audit_texts.facts(facts)
    return {"row": entry, "title": audit_texts.action(entry.action),
            "object": f"{audit_texts.object_type(entry.object_type)} {name}",
            "actor": names.get(entry.actor) or audit_texts.actor(entry.actor),
            "said": [(field, value) for field, value in told if 0 < len(value) <= SHORT and value != "—"][:SAID],
            "facts": told}
