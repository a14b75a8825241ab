"""Writing a demand by hand, saving it unfinished, changing a draft, and taking a demand back."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import forms, linting, operations, queries, records, saving
from marketplace.demand.drafts import USUAL_CRITERIA, DemandDraft
from marketplace.demand.linting import Finding
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import UnfinishedForm
from marketplace.demand.schemas import DemandForm
from marketplace.demand.web import unfinished_forms
from marketplace.demand.web.pages import Page, choices, pages
from marketplace.demand.web.reviewing import with_remarks
from marketplace.forms import FormState, parse
from marketplace.i18n import sentence, t
from marketplace.rules.errors import RuleViolation, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import operations as tendering

KEEP = "keep"  # "keep" or "keep-<section>", the section to come back to


@dataclass(frozen=True)
class Sheet:
    """What a form is about: the draft `code`, and the unfinished form `form_id` at `version` where one is kept.

    `base` is the version of the draft that the change began from; `saved` says who kept it last and when.
    """

    code: str | None = None
    form_id: int | None = None
    version: int = 0
    base: str = ""
    saved: tuple[str, Any] | None = None

    @property
    def action(self) -> str:
        """Where the form is sent."""
        if self.code:
            return url_for("demand.edit", code=self.code)
        return url_for("demand.unfinished", form_id=self.form_id) if self.form_id else url_for("demand.new")


def _of(held: UnfinishedForm | None, demand: Demand | None = None) -> Sheet:
    """The sheet of what is kept; of a draft without an unfinished change, its own."""
    if held is None:
        return Sheet(demand.code, base=records.version_of(demand)) if demand is not None else Sheet()
    return Sheet(demand.code if demand is not None else None, held.id, held.version, held.base or "",
                 (held.saved_by.display_name, held.updated_at))


def _posted(code: str | None = None, form_id: int | None = None) -> Sheet:
    number = request.form.get("form_version", "")
    return Sheet(code, form_id, int(number) if number.isdecimal() and len(number) < 10 else 0,
                 request.form.get("form_base", "")[:64])


@pages.get("/demands/new")
@security.require(Role.BUYER)
def new() -> Page:
    """An empty demand with the usual criteria and the usual terms."""
    actor = security.actor()
    usual = {"remote_ok": "1", "start_basis": "acceptance", "acceptance_period_days": "15",
             "allocation": "principal_first", "late_rate_unit": "percent_per_year",
             "region": actor.organisation.region}
    return _editor(FormState(usual | forms.spread("criteria", map(vars, USUAL_CRITERIA))), len(USUAL_CRITERIA))


@pages.post("/demands/new")
@security.require(Role.BUYER)
def create() -> Page:
    """Store the demand as a draft, keep it unfinished, or add or remove a criterion; nothing typed is lost."""
    actor, now, typed = security.actor(), clock.utc_now(), unfinished_forms.kept(request.form)

    def begin(session: Session) -> Sheet:
        return _of(saving.begin(session, typed, actor=actor, now=now))

    def store(session: Session, draft: DemandDraft) -> Demand:
        return operations.create(session, draft, actor=actor, now=now)

    return _answer(Sheet(), begin, store, "demand.flash.created")


@pages.get("/demands/unfinished/<int:form_id>")
@security.require(Role.BUYER)
def unfinished(form_id: int) -> Page:
    """A form as it was left."""
    with reading() as session:
        held = saving.form_for(session, form_id, actor=security.actor())
        if held.demand is not None:
            return redirect(url_for("demand.edit", code=held.demand.code), 303)
        form, rows = unfinished_forms.shown(held.typed)
        return _editor(form, rows, _of(held), typed=held.typed)


@pages.post("/demands/unfinished/<int:form_id>")
@security.require(Role.BUYER)
def go_on(form_id: int) -> Page:
    """Keep the form, or make a draft of it when everything is there."""
    actor, now, typed = security.actor(), clock.utc_now(), unfinished_forms.kept(request.form)
    sheet = _posted(form_id=form_id)

    def keep(session: Session) -> Sheet:
        held = saving.form_for(session, form_id, actor=actor)
        return _of(saving.keep(session, held, typed, version=sheet.version, actor=actor, now=now))

    def store(session: Session, draft: DemandDraft) -> Demand:
        held = saving.form_for(session, form_id, actor=actor)
        return saving.finish(session, held, draft, version=sheet.version, actor=actor, now=now)

    with reading() as session:
        saving.form_for(session, form_id, actor=actor)
    return _answer(sheet, keep, store, "demand.flash.created")


@pages.get("/demands/<code>/edit")
@security.require(Role.BUYER)
def edit(code: str) -> Page:
    """A draft as it stands, or the unfinished change of it. A published demand cannot be changed."""
    with reading() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        if demand.status != DemandStatus.PLANNING:
            raise WrongState("demand.fixed", code=demand.code)
        held = saving.change_of(session, demand)
        typed = held.typed if held is not None else unfinished_forms.stored(demand)
        form, rows = unfinished_forms.shown(typed)
        form = with_remarks(form, session, demand)
        return _editor(form, rows, _of(held, demand), typed=typed, findings=linting.findings(demand))


@pages.post("/demands/<code>/edit")
@security.require(Role.BUYER)
def save(code: str) -> Page:
    """Replace the draft, keep an unfinished change of it, or add or remove a criterion."""
    actor, now, typed = security.actor(), clock.utc_now(), unfinished_forms.kept(request.form)
    sheet = _posted(code)

    def keep(session: Session) -> Sheet:
        demand = queries.for_buyer(session, code, actor=actor)
        return _of(saving.keep_change(session, demand, typed, base=sheet.base, version=sheet.version, actor=actor,
                                      now=now), demand)

    def store(session: Session, draft: DemandDraft) -> Demand:
        demand = queries.for_buyer(session, code, actor=actor)
        return saving.apply(session, demand, draft, base=sheet.base, version=sheet.version, actor=actor, now=now)

    return _answer(sheet, keep, store, "demand.flash.saved")


def _answer(sheet: Sheet, keep: Callable[[Session], Sheet], store: Callable[[Session, DemandDraft], Demand],
            flashed: str) -> Page:
    """What a press of a button does to a form. `keep` saves it as typed, `store` as the demand it is."""
    do = request.form.get("do", "")
    changed = forms.changed_rows(request.form, "criteria", do)
    if changed is not None:
        return _editor(forms.state(request.form, "criteria", changed), len(changed), sheet,
                       typed=unfinished_forms.kept(request.form))
    try:
        if do.split("-")[0] == KEEP:
            with transaction() as session:
                kept = keep(session)
            return _kept(kept, do.partition("-")[2])
        draft = parse(DemandForm(), forms.demand_values(request.form))
        with transaction() as session:
            demand = store(session, draft)
    except RuleViolation as violation:
        if violation.status == 404 or violation.code == "demand.fixed":
            raise
        return _refused(violation, sheet, keep)
    flash(t(flashed, code=demand.code), "success")
    return redirect(url_for("demand.show", code=demand.code), 303)


def _kept(sheet: Sheet, section: str) -> Page:
    at = sheet.saved[1] if sheet.saved else clock.utc_now()
    if _is_autosave():
        missing = unfinished_forms.still_missing(unfinished_forms.kept(request.form), security.actor().organisation,
                                                 now=clock.utc_now())
        said = t("drafting.saved_at", at=f"{at.astimezone(clock.SHANGHAI):%H:%M}")
        return jsonify(status=said, version=sheet.version, base=sheet.base, action=sheet.action,
                       missing=render_template("demand/_missing.html", missing=missing))
    flash(t("drafting.kept", at=at), "success")
    return redirect(sheet.action + (f"#{section}" if section.isidentifier() else ""), 303)


def _is_autosave() -> bool:
    return "X-Autosave" in request.headers


def _refused(violation: RuleViolation, sheet: Sheet, keep: Callable[[Session], Sheet]) -> Page:
    """The form as typed with what is wrong; what could not become a demand is kept unfinished."""
    if _is_autosave():
        return jsonify(status=sentence(violation)), violation.status
    rows = forms.repeated(request.form, "criteria")
    form = forms.refuse(forms.state(request.form, "criteria", rows), violation)
    typed = unfinished_forms.kept(request.form)
    if isinstance(violation, saving.Overtaken):
        newest, theirs = _meanwhile(sheet)
        return _editor(form, len(rows), newest, typed=typed,
                       differences=unfinished_forms.differences(typed, theirs)), violation.status
    try:
        with transaction() as session:
            sheet = keep(session)
    except RuleViolation:  # without a title, or overtaken: the page still holds all of it
        pass
    return _editor(form, len(rows), sheet, typed=typed), violation.status


def _meanwhile(sheet: Sheet) -> tuple[Sheet, Mapping[str, str]]:
    """What stands there now: the tokens to save over it with, and its values.

    Where the draft itself was changed that is what counts; where only the unfinished change was, that.
    """
    with reading() as session:
        if sheet.code is None:
            held = saving.form_for(session, sheet.form_id or 0, actor=security.actor())
            return _of(held), held.typed
        demand = queries.for_buyer(session, sheet.code, actor=security.actor())
        held, base = saving.change_of(session, demand), records.version_of(demand)
        newest = Sheet(demand.code, held.id if held else None, held.version if held else 0, base)
        if held is not None and (held.version != sheet.version or base == sheet.base):
            return newest, held.typed
        return newest, unfinished_forms.stored(demand)


def _editor(form: FormState, criteria: int, sheet: Sheet | None = None, *, typed: Mapping[str, str] | None = None,
            findings: Sequence[Finding] = (), differences: Sequence[Any] = ()) -> str:
    buyer = security.actor().organisation
    missing = unfinished_forms.still_missing(typed, buyer, now=clock.utc_now()) if typed is not None else []
    return render_template("demand/edit.html", form=form, criteria=max(criteria, 1), code=sheet.code if sheet else None,
                           sheet=sheet or Sheet(), missing=missing, begun=typed is not None, differences=differences,
                           choices=choices(), buyer=buyer, findings=findings)


@pages.get("/demands/unfinished/<int:form_id>/discard")
@security.require(Role.BUYER)
def ask_discard(form_id: int) -> Page:
    """Ask before what was typed is thrown away."""
    with reading() as session:
        return render_template("demand/discard.html", held=saving.form_for(session, form_id, actor=security.actor()))


@pages.post("/demands/unfinished/<int:form_id>/discard")
@security.require(Role.BUYER)
def discard(form_id: int) -> Page:
    """Throw an unfinished form away."""
    with transaction() as session:
        held = saving.form_for(session, form_id, actor=security.actor())
        saving.discard(session, held, actor=security.actor(), now=clock.utc_now())
    flash(t("drafting.discarded"), "success")
    return redirect(url_for("demand.desk"), 303)


@pages.post("/demands/<code>/cancel")
@security.require(Role.BUYER)
def cancel(code: str) -> Page:
    """Take a demand back; the reason is asked for and shown."""
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        tendering.cancel_demand(session, demand, reason=request.form.get("reason", "")[:2000],
                                actor=security.actor(), now=clock.utc_now())
    flash(t("demand.flash.cancelled", code=code), "success")
    return redirect(url_for("demand.show", code=code), 303)


@pages.get("/demands/<code>/cancel")
@security.require(Role.BUYER)
def ask_cancel(code: str) -> Page:
    """Ask for the reason before a demand is taken back."""
    with reading() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        return render_template("demand/cancel.html", demand=demand, form=FormState())
