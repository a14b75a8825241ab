"""The pages of saved searches: the list, the form with what answers it now, and the alerts."""
from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import language, t
from marketplace.rules.errors import RuleViolation
from marketplace.rules.searches import MOST_SEARCHES, PayerWish
from marketplace.searches import operations, queries, texts
from marketplace.searches.models import SavedSearch
from marketplace.searches.schemas import SearchForm

pages = Blueprint("searches", __name__)
Page = str | tuple[str, int] | Response
SHOWN = 20


@pages.get("/founder/searches")
@security.require(Role.FOUNDER)
def index() -> Page:
    """The company's searches, and the latest alerts with what triggered each."""
    founder_id, before = security.actor().organisation_id, request.args.get("before", type=int)
    with reading() as session:
        searches, counts = queries.of_founder(session, founder_id), queries.counts(session, founder_id)
        alerts = queries.alerts(session, founder_id, before=min(before, queries.MAX_ID) if before else None,
                                limit=SHOWN + 1)
        more = url_for("searches.index", before=alerts[SHOWN - 1].id) if alerts[SHOWN:] else None
        return render_template(
            "searches/index.html", counts=counts, most=MOST_SEARCHES, page={"prev_url": None, "next_url": more},
            searches=[(one, texts.asked(queries.criteria_of(one))) for one in searches],
            alerts=[(one, [texts.hit(hit) for hit in one.hits]) for one in alerts[:SHOWN]])


@pages.get("/founder/searches/new")
@security.require(Role.FOUNDER)
def create_form() -> Page:
    """An empty form, or one filled from the board's own filters in the address."""
    taken = {name: request.args.get(name, "")[:200] for name in ("industry", "region")}
    values = taken | {"text": request.args.get("q", "")[:200]} | {
        name: "1" for name in ("remote", "set_aside", "micro") if request.args.get(name) == "1"}
    return _form(FormState(values))


@pages.post("/founder/searches/new")
@security.require(Role.FOUNDER)
def create() -> Page:
    """Keep a search."""
    try:
        draft = parse(SearchForm(), flat(request.form))
        with transaction() as session:
            search = operations.save(session, draft, actor=security.actor(), language=language(), now=clock.utc_now())
            search_id = search.id
    except RuleViolation as violation:
        return _refused(violation)
    flash(t("searches.saved"), "success")
    return redirect(url_for("searches.show", search_id=search_id), 303)


@pages.get("/founder/searches/<int:search_id>")
@security.require(Role.FOUNDER)
def show(search_id: int) -> Page:
    """What answers a search now, and its form."""
    with reading() as session:
        search = queries.of_actor(session, search_id, actor=security.actor())
        return _form(FormState(_values(search)), search_id)


@pages.post("/founder/searches/<int:search_id>")
@security.require(Role.FOUNDER)
def change(search_id: int) -> Page:
    """Ask for something else, or call it differently."""
    try:
        draft = parse(SearchForm(), flat(request.form))
        with transaction() as session:
            operations.change(session, search_id, draft, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        return _refused(violation, search_id)
    flash(t("searches.changed"), "success")
    return redirect(url_for("searches.show", search_id=search_id), 303)


@pages.post("/founder/searches/<int:search_id>/pause")
@security.require(Role.FOUNDER)
def pause(search_id: int) -> Page:
    """No alerts for a while."""
    return _paused(search_id, paused=True)


@pages.post("/founder/searches/<int:search_id>/resume")
@security.require(Role.FOUNDER)
def resume(search_id: int) -> Page:
    """Alerts again."""
    return _paused(search_id, paused=False)


def _paused(search_id: int, *, paused: bool) -> Page:
    with transaction() as session:
        operations.pause(session, search_id, paused=paused, actor=security.actor(), now=clock.utc_now())
    flash(t("searches.paused_flash" if paused else "searches.resumed_flash"), "success")
    return redirect(url_for("searches.index"), 303)


@pages.post("/founder/searches/<int:search_id>/delete")
@security.require(Role.FOUNDER)
def delete(search_id: int) -> Page:
    """Forget a search."""
    with transaction() as session:
        operations.delete(session, search_id, actor=security.actor(), now=clock.utc_now())
    flash(t("searches.deleted_flash"), "success")
    return redirect(url_for("searches.index"), 303)


def _values(search: SavedSearch) -> dict[str, Any]:
    return dict(SearchForm().dump(search))


def _refused(violation: RuleViolation, search_id: int | None = None) -> Page:
    if violation.status in (403, 404):
        raise violation
    form = FormState(request.form)
    form.add(violation)
    return _form(form, search_id), violation.status


def _form(form: FormState, search_id: int | None = None) -> str:
    with reading() as session:
        search = queries.of_actor(session, search_id, actor=security.actor()) if search_id else None
        found = queries.answers(session, search, now=clock.utc_now()) if search else []
        answers = [(demand, [texts.hit(hit) for hit in queries.kept(hits)]) for demand, hits in found[:SHOWN]]
        asked = texts.asked(queries.criteria_of(search)) if search else []
        wishes = [("", t("searches.payer.any")), *((one.value, t(f"searches.payer.{one.value}")) for one in PayerWish)]
        return render_template("searches/form.html", form=form, search=search, asked=asked, answers=answers,
                               total=len(found), payers=wishes)
