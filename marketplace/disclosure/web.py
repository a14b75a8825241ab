"""Pages of disclosures: a buyer's years, one year being written, the operator's view of who is missing, the public."""
from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from marketplace import clock, security
from marketplace.accounts.models import Organisation, Role
from marketplace.db import reading, transaction
from marketplace.disclosure import document as documents
from marketplace.disclosure import operations as disclosures
from marketplace.disclosure import queries, texts
from marketplace.disclosure.models import DisclosurePack
from marketplace.disclosure.schemas import ConfirmationForm, ExplanationForm
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import LANGUAGES, language, t
from marketplace.reference import digest
from marketplace.rules.errors import NotFound, RuleViolation

pages = Blueprint("disclosure", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
YEAR = "int(min=2000,max=2199)"
KEY = "int(max=2147483647)"
Page = str | tuple[str, int]


@pages.get("/disclosures")
@security.public
def published() -> str:
    """Every confirmed disclosure, newest year first."""
    with reading() as session:
        return render_template("disclosure/published.html", packs=queries.published(session), texts=texts)


@pages.get(f"/disclosures/<{KEY}:pack_id>")
@security.public
def show(pack_id: int) -> str:
    """One confirmed version with its files and the other versions of the year."""
    with reading() as session:
        pack = queries.public(session, pack_id)
        others = queries.versions(session, pack.buyer_id, pack.report_year)
        before = next((one for one in others if one.version == pack.version - 1), None)
        return render_template(
            "disclosure/show.html", pack=pack, document=pack.document, texts=texts, others=others,
            changes=texts.changes(documents.differences(before.document, pack.document)) if before else [])


@pages.get(f"/disclosures/<{KEY}:pack_id>/<string:name>")
@security.public
def download(pack_id: int, name: str) -> Response:
    """The confirmed version as disclosure.xlsx or disclosure.pdf, in the language of ?lang=."""
    with reading() as session:
        pack = queries.public(session, pack_id)
        return _file(pack.document, pack.document_hash or "", pack.version, name)


def _file(document: dict[str, Any], document_hash: str, version: int, name: str) -> Response:
    lang = request.args.get("lang", "") if request.args.get("lang") in LANGUAGES else language()
    makers = {"disclosure.pdf": ("application/pdf", texts.as_pdf), "disclosure.xlsx": (XLSX, texts.as_xlsx)}
    if name not in makers:
        raise NotFound("not_found", what="file", id=name[:40])
    mime, make = makers[name]
    stem = f"disclosure-{document['buyer']['uscc']}-{document['report_year']}-v{version}-{lang}"
    return Response(make(document, document_hash, version=version, lang=lang), mimetype=mime, headers={
        "Content-Disposition": f"attachment; filename={stem}.{name.rpartition('.')[2]}"})


@pages.get("/disclosure")
@security.require(Role.BUYER, Role.OPERATOR)
def index() -> str:
    """A buyer's own years, or every buyer's for the operator: what is missing and how many days are left."""
    actor, today = security.actor(), clock.legal_day(clock.utc_now())
    own = actor.organisation_id if actor.role == Role.BUYER else None
    with reading() as session:
        found = queries.years(session, today=today, buyer_id=own)
        return render_template("disclosure/index.html", years=found, today=today, own=own is not None,
                               texts=texts,
                               missing=sum(one.pack is None and one.is_over(today) for one in found))


@pages.get(f"/disclosure/<{YEAR}:report_year>")
@security.require(Role.BUYER)
def write(report_year: int) -> Page:
    """The buyer's year: what the books say, its explanation, and the confirmation."""
    return _own(report_year, FormState())


def _own(report_year: int, form: FormState) -> Page:
    with reading() as session:
        page = _page(session, queries.buyer_of(session, security.actor().organisation_id), report_year, form, own=True)
    return (page, 422) if form.has_errors else page


@pages.get(f"/operator/disclosure/<{KEY}:buyer_id>/<{YEAR}:report_year>")
@security.require(Role.OPERATOR)
def look(buyer_id: int, report_year: int) -> str:
    """The operator sees what a buyer's books say, confirmed or not."""
    with reading() as session:
        return _page(session, queries.buyer_of(session, buyer_id), report_year, FormState(), own=False)


def _page(session: Session, buyer: Organisation, report_year: int, form: FormState, *, own: bool) -> str:
    today = clock.legal_day(clock.utc_now())
    asked = next((one for one in queries.years(session, today=today, buyer_id=buyer.id)
                  if one.report_year == report_year), None)
    if asked is None:
        raise NotFound("not_found", what="disclosure", id=report_year)
    said = disclosures.next_document(session, buyer, report_year)
    versions = queries.versions(session, buyer.id, report_year)
    last: DisclosurePack | None = versions[0] if versions else None
    found = documents.differences(last.document, said) if last and last.document else []
    return render_template(
        "disclosure/write.html", buyer=buyer, year=asked, today=today, document=said,
        seen_hash=digest(said), own=own and asked.is_over(today),
        form=form if form.has_errors else FormState({"explanation": said["explanation"]}), versions=versions,
        last=last, changes=texts.changes(found), texts=texts, most=disclosures.LONGEST_EXPLANATION)


@pages.get(f"/disclosure/<{YEAR}:report_year>/<string:name>")
@security.require(Role.BUYER)
def preview_file(report_year: int, name: str) -> Response:
    """What is about to be confirmed, as a file."""
    with reading() as session:
        buyer = queries.buyer_of(session, security.actor().organisation_id)
        disclosures.check_year(report_year, today=clock.legal_day(clock.utc_now()))
        said = disclosures.next_document(session, buyer, report_year)
        last = queries.confirmed_of(session, buyer.id, report_year)
    return _file(said, digest(said), last.version + 1 if last else 1, name)


@pages.post(f"/disclosure/<{YEAR}:report_year>/explanation")
@security.require(Role.BUYER)
def explain(report_year: int) -> Redirect | Page:
    """The buyer keeps its explanation."""
    return _act(report_year, "explained", lambda session: disclosures.explain(
        session, report_year, **parse(ExplanationForm(), flat(request.form)), actor=security.actor(),
        now=clock.utc_now()))


@pages.post(f"/disclosure/<{YEAR}:report_year>/confirmation")
@security.require(Role.BUYER)
def confirm(report_year: int) -> Redirect | Page:
    """The buyer confirms; the version becomes public."""
    return _act(report_year, "confirmed", lambda session: disclosures.confirm(
        session, report_year, **parse(ConfirmationForm(), flat(request.form)), actor=security.actor(),
        now=clock.utc_now()))


def _act(report_year: int, said: str, act: Any) -> Redirect | Page:
    form = FormState(flat(request.form))
    try:
        with transaction() as session:
            act(session)
    except RuleViolation as violation:
        if violation.status in (403, 404):
            raise
        form.add(violation)
        return _own(report_year, form)
    flash(t(f"disclosure.flash.{said}"), "success")
    return redirect(url_for("disclosure.write", report_year=report_year), 303)
