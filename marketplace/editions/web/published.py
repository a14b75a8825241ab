"""Published editions for everyone: the list, one edition, its files, its printable page, its recap."""
from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.db import reading
from marketplace.editions import document as documents
from marketplace.editions import operations, queries, recap, texts
from marketplace.editions.models import Edition
from marketplace.editions.schemas import AsOf
from marketplace.editions.web.pages import ONE, Page, pages
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import LANGUAGES, language
from marketplace.rules.editions import differences
from marketplace.rules.errors import Problems
from marketplace.rules.lifecycle import DemandStatus


@pages.get("/editions")
@security.public
def index() -> Page:
    """Every published edition, newest first; ?month= goes to one (the picker without JavaScript)."""
    if request.args.get("month"):
        return redirect(url_for("editions.show", month=request.args["month"][:40]), 303)
    with reading() as session:
        return render_template("editions/index.html", editions=queries.published(session, limit=200), texts=texts)


@pages.get(ONE)
@security.public
def show(month: str) -> Page:
    """One edition: its demands by track, what differs from the last, how to check it."""
    with reading() as session:
        edition = queries.visible_to(session, month, actor=security.current_user or None)
        return render_template("editions/show.html", **_shown(session, edition),
                               last=queries.before(session, edition), following=queries.after(session, edition))


def _shown(session: Session, edition: Edition) -> dict[str, Any]:
    now = clock.utc_now()
    said = operations.document_of(session, edition, now=now)
    live = queries.demands_by_code(session, [item["code"] for item in said["items"]])
    return {"edition": edition, "document": said, "texts": texts, "against": differences(said), "live": live,
            "cancelled": queries.cancelled_since(session, edition), "hash": edition.document_hash
            or documents.digest(said), "open_now": [one.bid_deadline for one in live.values()
                                                    if one.accepts_bids(now=now)],
            "planning": DemandStatus.PLANNING}


@pages.get(f"{ONE}/print")
@security.public
def print_page(month: str) -> Page:
    """The list alone, made for paper."""
    with reading() as session:
        edition = queries.visible_to(session, month, actor=security.current_user or None)
        return render_template("editions/print.html", **_shown(session, edition))


@pages.get(f"{ONE}/<any(csv,xlsx,pdf):kind>/export")
@security.public
def export(month: str, kind: str) -> Response:
    """The list as csv, xlsx or pdf in the language of ?lang=; a demand taken back since is marked."""
    lang = request.args["lang"] if request.args.get("lang") in LANGUAGES else language()
    with reading() as session:
        edition = queries.visible_to(session, month, actor=security.current_user or None)
        shown = _shown(session, edition)
        body, mimetype = texts.file_of(kind, shown["document"], shown["hash"], published_at=edition.published_at,
                                       cancelled=shown["cancelled"], lang=lang)
    return Response(body, content_type=mimetype, headers={
        "Content-Disposition": f"attachment; filename=edition-{edition.name}-{lang}.{kind}"})


@pages.get(f"{ONE}/recap")
@security.public
def look_back(month: str) -> Page:
    """How an edition turned out by the end of ?as_of=."""
    now, form = clock.utc_now(), FormState(flat(request.args))
    today = clock.legal_day(now)
    with reading() as session:
        edition = queries.published_one(session, month)
        as_of = today
        try:
            as_of = parse(AsOf(), flat(request.args))["as_of"] or today
            outcomes = recap.outcomes_of(session, edition, as_of=as_of, now=now)
        except Problems as problems:
            form.add(problems)
            as_of = today
            outcomes = recap.outcomes_of(session, edition, as_of=as_of, now=now)
        found = recap.recap(outcomes.values(), as_of=as_of)
        page = render_template(
            "editions/recap.html", edition=edition, recap=found, texts=texts, as_of=as_of,
            form=form if form.has_errors else FormState({"as_of": as_of.isoformat()}),
            rows=[(item, outcomes[item["code"]]) for item in edition.document["items"]])
    return (page, 422) if form.has_errors else page
