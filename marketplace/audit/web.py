"""The operator's desk: every award and payment on one timeline, and the audit chain."""
from __future__ import annotations

import datetime as dt
import json

from flask import Blueprint, render_template, request

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.audit import operations as audit
from marketplace.audit import texts
from marketplace.db import reading
from marketplace.forms import FormState
from marketplace.payments import timeline
from marketplace.rules.errors import NotFound
from marketplace.tendering import queries as tendering

pages = Blueprint("audit", __name__)
ENTRIES = 50
SHOWN = 300


@pages.get("/operator")
@security.require(Role.OPERATOR)
def desk() -> str:
    """The timeline, filtered: what is late first."""
    now = clock.utc_now()
    today = clock.legal_day(now)
    as_of = _day(request.args.get("as_of", ""), today)
    text = request.args.get("q", "").strip()[:100]
    view = _view(request.args.get("view", ""))
    with reading() as session:
        every = timeline.lines(session, as_of=as_of, text=text)
        counts = timeline.counts(every, as_of=as_of)
        found = [line for line in every if timeline.shows(line, view, as_of)]
        late = [line for line in every if line.turn is timeline.Turn.PAY and line.late_days]
        return render_template(
            "audit/desk.html", search=FormState({"q": text, "as_of": as_of.isoformat()}),
            lines=found[:SHOWN], more=max(len(found) - SHOWN, 0), counts=counts, view=view,
            views=list(timeline.View), text=text, as_of=as_of, late=late, late_fen=sum(line.open_fen for line in late),
            interest_fen=sum(line.interest_fen for line in every), today=today,
            openings=tendering.waiting_openings(session, now=now), entries=audit.size(session))


def _day(text: str, today: dt.date) -> dt.date:
    """A day from the address; today when there is none or it is no day."""
    try:
        return dt.date.fromisoformat(text) if text else today
    except ValueError:
        return today


def _view(text: str) -> timeline.View:
    return timeline.View(text) if text in set(timeline.View) else timeline.View.LATE


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
             "facts": [(name, _plain(value)) for name, value in json.loads(entry.facts).items()]}
            for entry in entries]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
