"""The audit chain, and the history of one object."""
from __future__ import annotations

import json

from flask import Blueprint, render_template, request

from marketplace import security
from marketplace.accounts.models import Role
from marketplace.audit import operations as audit
from marketplace.audit import texts
from marketplace.db import reading
from marketplace.rules.errors import NotFound

pages = Blueprint("audit", __name__)
ENTRIES = 50


@pages.get("/operator/audit")
@security.require(Role.OPERATOR)
def chain() -> str:
    """The newest entries; with ?verify=1 the whole chain is walked and the verdict shown."""
    before = request.args.get("before", "")
    with reading() as session:
        verdict = audit.verify(session) if request.args.get("verify") else None
        entries = audit.latest(session, before=int(before) if before.isdigit() and len(before) < 10 else None,
                               limit=ENTRIES)
        return render_template(
            "audit/chain.html", entries=_shown(entries, audit.actor_names(session, entries)), verdict=verdict,
            size=audit.size(session), next_before=entries[-1].seq if len(entries) == ENTRIES else None)


@pages.get("/operator/audit/<object_type>/<object_id>")
@security.require(Role.OPERATOR)
def history(object_type: str, object_id: str) -> str:
    """Everything that happened to one object, oldest first."""
    with reading() as session:
        entries = audit.history(session, object_type, object_id)
        if not entries:
            raise NotFound("not_found", what=object_type, id=object_id)
        return render_template("audit/history.html", entries=_shown(entries, audit.actor_names(session, entries)),
                               object_type=texts.object_type(object_type), object_id=object_id)


def _shown(entries: list[audit.AuditEntry], names: dict[str, str]) -> list[dict[str, object]]:
    """Entries as the page prints them."""
    return [{"row": entry, "title": texts.action(entry.action), "object": texts.object_type(entry.object_type),
             "actor": names.get(entry.actor) or texts.actor(entry.actor),
             "facts": texts.facts(json.loads(entry.facts))}
            for entry in entries]
