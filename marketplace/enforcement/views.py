"""Printing papers for the doors: made once, kept as they were printed, and printed again with the same bytes."""
from __future__ import annotations

import hashlib

from flask import Response

from marketplace import clock, pdf, security
from marketplace.db import reading, transaction
from marketplace.enforcement import letters, queries, texts
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement.letters import PaperKind
from marketplace.enforcement.models import Paper
from marketplace.enforcement.operations import PaperNote
from marketplace.payments import queries as obligations
from marketplace.rules.errors import NotAllowed, WrongState


def note_of(obligation_id: int, kind: PaperKind, lang: str) -> Paper:
    """Print a paper from today's records and keep it; nothing waits for the printing."""
    actor, now = security.actor(), clock.utc_now()
    with reading() as session:
        owed = obligations.for_party(session, obligation_id, actor=actor)
        if owed.contract.founder_id != actor.organisation_id:
            raise NotAllowed("paper.only_founder")
        case = letters.build(session, owed, kind, as_of=clock.legal_day(now))
    printed = texts.paper(case, lang)
    note = PaperNote(kind=kind, language=lang, as_of=case.as_of, content=letters.content(case),
                     pages=texts.pages(printed), sha256=hashlib.sha256(pdf.render(printed)).hexdigest())
    with transaction() as session:
        owed = obligations.for_party(session, obligation_id, actor=actor)
        return enforcement.note_paper(session, owed, note, actor=actor, now=now)


def file_of(paper_id: int) -> Response:
    """The PDF of a kept paper. Raises NotFound, WrongState when printing it again gives other bytes."""
    with reading() as session:
        paper = queries.paper_for(session, paper_id, actor=security.actor())
        name = texts.filename(paper.kind, paper.obligation.contract.number, paper.as_of, "pdf")
        kept, digest = paper.pages, paper.sha256
    body = pdf.render(texts.printed_again(kept))
    if hashlib.sha256(body).hexdigest() != digest:
        raise WrongState("paper.changed")
    response = Response(body, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-SHA256"] = digest
    return response
