"""Pages of receivables: the list, one request with its clock and links, and the public page a lender checks."""
from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, session, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Redirect

from marketplace import clock, pdf, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import LANGUAGES, t
from marketplace.payments import queries as obligations
from marketplace.receivables import document as documents
from marketplace.receivables import operations as receivables
from marketplace.receivables import queries, texts
from marketplace.receivables.models import Receivable, ReceivableLink
from marketplace.receivables.schemas import ReceivableLinkInSchema, ReceivableRefusalSchema, ReceivableRequestSchema
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import ReceivableStatus

pages = Blueprint("receivables", __name__)
PAGE = 50
KEY = "int(max=2147483647)"
ONE = f"/receivables/<{KEY}:receivable_id>"
CHECK = "/receivables/verify/<string:token>"
NEW_LINK = "receivable_link"


@pages.get("/receivables")
@security.require()
def index() -> str:
    """A party's requests, or all of them for the operator, with what waits for an answer."""
    before = request.args.get("before", "")
    last = int(before) if before.isdecimal() and before.isascii() and len(before) < 10 else None
    today = clock.legal_day(clock.utc_now())
    with reading() as db:
        found = queries.of_actor(db, security.actor(), before=last, limit=PAGE)
        return render_template(
            "receivables/index.html", today=today,
            rows=[(row, ReceivableStatus(row.status), receivables.days_late(row, as_of=today)) for row in found],
            page={"prev_url": url_for("receivables.index") if last else None,
                  "next_url": url_for("receivables.index", before=found[-1].id) if len(found) == PAGE else None})


@pages.post(f"/payments/<{KEY}:obligation_id>/receivables")
@security.require(Role.FOUNDER)
def ask(obligation_id: int) -> Redirect:
    """The founder asks its buyer to confirm; a refusal is told on the page of the obligation."""
    try:
        values = parse(ReceivableRequestSchema(), flat(request.form))
        with transaction() as db:
            row = receivables.request(db, obligations.for_party(db, obligation_id, actor=security.actor()), **values,
                                      actor=security.actor(), now=clock.utc_now())
            here = url_for("receivables.show", receivable_id=row.id)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState()
        form.add(violation)
        flash(" ".join(text for _, text in form.all_errors), "error")
        return redirect(url_for("payments.show", obligation_id=obligation_id), 303)
    flash(t("receivables.flash.requested"), "success")
    return redirect(here, 303)


@pages.get(ONE)
@security.require()
def show(receivable_id: int) -> str:
    """One request: its clock, its answer, its links."""
    with reading() as db:
        return _page(db, receivable_id, FormState())


def _page(db: Session, receivable_id: int, form: FormState) -> str:
    row = queries.for_party(db, receivable_id, actor=security.actor())
    contract, today = row.obligation.contract, clock.legal_day(clock.utc_now())
    side = {contract.buyer_id: "buyer", contract.founder_id: "founder"}.get(security.actor().organisation_id, "")
    confirmed = row.status == ReceivableStatus.CONFIRMED
    return render_template(
        "receivables/show.html", row=row, contract=contract, side=side, form=form, today=today,
        status=ReceivableStatus(row.status), late=receivables.days_late(row, as_of=today),
        now=documents.today(row, as_of=today) if confirmed else None,
        facts=texts.rows(row.document) if confirmed else [], new_link=_new_link(row))


def _new_link(row: Receivable) -> str | None:
    """The address of a link made a moment ago, shown once; the token is not kept anywhere."""
    made = session.get(NEW_LINK)
    if not made or made[0] != row.id:
        return None
    del session[NEW_LINK]
    return url_for("receivables.verify", token=made[1], _external=True)


def _act(receivable_id: int, said: str, schema: Schema | None,
         act: Callable[[Session, Receivable, dict[str, Any]], Any]) -> Redirect | tuple[str, int]:
    form = FormState(flat(request.form))
    try:
        values = parse(schema, flat(request.form)) if schema else {}
        with transaction() as db:
            act(db, queries.for_party(db, receivable_id, actor=security.actor()), values)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form.add(violation)
        with reading() as db:
            return _page(db, receivable_id, form), violation.status
    flash(t(f"receivables.flash.{said}"), "success")
    return redirect(url_for("receivables.show", receivable_id=receivable_id), 303)


@pages.post(f"{ONE}/confirmation")
@security.require(Role.BUYER)
def confirm(receivable_id: int) -> Redirect | tuple[str, int]:
    """The buyer confirms."""
    return _act(receivable_id, "confirmed", None, lambda db, row, _: receivables.confirm(
        db, row, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/refusal")
@security.require(Role.BUYER)
def refuse(receivable_id: int) -> Redirect | tuple[str, int]:
    """The buyer refuses."""
    return _act(receivable_id, "refused", ReceivableRefusalSchema(), lambda db, row, values: receivables.refuse(
        db, row, **values, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/withdrawal")
@security.require(Role.FOUNDER)
def withdraw(receivable_id: int) -> Redirect | tuple[str, int]:
    """The founder takes its request back."""
    return _act(receivable_id, "withdrawn", None, lambda db, row, _: receivables.withdraw(
        db, row, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/links")
@security.require(Role.FOUNDER)
def link(receivable_id: int) -> Redirect | tuple[str, int]:
    """The founder makes a link for a lender."""
    def make(db: Session, row: Receivable, values: dict[str, Any]) -> None:
        _, token = receivables.make_link(db, row, **values, actor=security.actor(), now=clock.utc_now())
        session[NEW_LINK] = (row.id, token)

    return _act(receivable_id, "linked", ReceivableLinkInSchema(), make)


@pages.post(f"{ONE}/links/<{KEY}:link_id>/revocation")
@security.require(Role.FOUNDER)
def revoke(receivable_id: int, link_id: int) -> Redirect | tuple[str, int]:
    """The founder closes a link."""
    return _act(receivable_id, "revoked", None, lambda db, row, _: receivables.revoke_link(
        db, row, link_id, actor=security.actor(), now=clock.utc_now()))


@pages.get(CHECK)
@security.public
def verify(token: str) -> Response:
    """What a lender is told: what was confirmed, and what is open of it today."""
    return _verification(token, None)


@pages.post(CHECK)
@security.public
def compare(token: str) -> Response:
    """Compare a file the lender holds, byte for byte, with what was confirmed."""
    sent = request.files.get("file")
    return _verification(token, sent.read() if sent and sent.filename else b"")


def _verification(token: str, sent: bytes | None) -> Response:
    today = clock.legal_day(clock.utc_now())
    with reading() as db:
        found = queries.by_token(db, token)
        answer = texts.answer(found, as_of=today)
        alive = found.revoked_at is None
        page = render_template(
            "receivables/verify.html", token=token, answer=answer, languages=LANGUAGES,
            confirmed_on=found.receivable.answered_on,
            facts=texts.rows(answer["document"]) if alive else [],
            compared=None if sent is None or not alive else _compared(found, token, sent))
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _compared(found: ReceivableLink, token: str, sent: bytes) -> tuple[str, str]:
    """("same", "different" or "none", SHA-256 of what was sent)."""
    if not sent:
        return "none", ""
    digest = hashlib.sha256(sent).hexdigest()
    known = {found.receivable.document_hash, *(hashlib.sha256(_pdf(found, token, lang)).hexdigest()
                                               for lang in LANGUAGES)}
    return ("same" if digest in known else "different"), digest


def _pdf(found: ReceivableLink, token: str, lang: str) -> bytes:
    return pdf.render(texts.paper(found, lang=lang, url=url_for("receivables.verify", token=token, _external=True)))


@pages.get(f"{CHECK}/document.json")
@security.public
def document(token: str) -> Response:
    """The confirmed document as a file whose `sha256sum` is its hash."""
    with reading() as db:
        row = _open(db, token).receivable
        return _file(documents.bytes_of(row.document or {}), "application/json",
                     f"{row.obligation.contract.number}-{row.id}.json")


@pages.get(f"{CHECK}/<lang>.pdf")
@security.public
def paper(token: str, lang: str) -> Response:
    """The paper for a lender, in Chinese or English."""
    if lang not in LANGUAGES:
        raise NotFound
    with reading() as db:
        found = _open(db, token)
        row = found.receivable
        return _file(_pdf(found, token, lang), "application/pdf",
                     f"{row.obligation.contract.number}-{row.id}-{lang}.pdf")


def _open(db: Session, token: str) -> ReceivableLink:
    """A link that is not closed; a closed one has no files any more."""
    found = queries.by_token(db, token)
    if found.revoked_at is not None:
        raise NotFound
    return found


def _file(data: bytes, kind: str, name: str) -> Response:
    return Response(data, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"',
                                                  "Cache-Control": "no-store"})
