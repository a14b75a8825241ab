"""Bringing in a list from a file, and the templates to fill in."""
from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import columns, forms, imports, operations, queries
from marketplace.demand.drafts import TermsDraft
from marketplace.demand.reading import MOST_ROWS
from marketplace.demand.schemas import ForRowsWithout, OnlyTerms
from marketplace.demand.terms import refusals
from marketplace.demand.web.pages import Page, choices, pages
from marketplace.forms import FormState, parse
from marketplace.i18n import language, sentence, t
from marketplace.rules.errors import Problem, Problems, RuleViolation

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TERMS = {"start_basis": "acceptance", "acceptance_period_days": "15", "allocation": "principal_first",
          "late_rate_unit": "percent_per_year"}


@pages.get("/demands/import")
@security.require(Role.BUYER)
def import_file() -> Page:
    """Ask for the file and for the payment terms of everything in it."""
    return _form(FormState(_TERMS))


@pages.post("/demands/import")
@security.require(Role.BUYER)
def import_now() -> Page:
    """Store every row as a draft, or none and say everything that is wrong."""
    form, problems = FormState(request.form), []
    upload = request.files.get("file")
    try:
        terms = parse(OnlyTerms(), forms.typed_values(request.form))
        missing = parse(ForRowsWithout(), forms.listed(forms.typed_values(request.form)))
    except Problems as violation:
        terms = None
        forms.refuse(form, violation)
    if upload is None or not upload.filename:
        form.add(Problems([Problem("file", "import.no_file")]))
    elif terms is not None:
        try:
            return _import(upload.read(), upload.filename, terms, missing)
        except RuleViolation as violation:
            problems = _sort(violation, form)
    return _form(form, problems, upload.filename if upload is not None else ""), 422


def _import(data: bytes, filename: str, terms: TermsDraft, missing: dict[str, Any]) -> Page:
    """Raises Problems with everything wrong in the file and in the terms."""
    actor, now = security.actor(), clock.utc_now()
    refused = list(refusals(terms, actor.organisation, today=clock.legal_day(now)))
    try:
        found = imports.read_demands(data, filename, terms, missing)
    except Problems as violation:
        raise Problems([*refused, *violation]) from violation
    if refused:
        raise Problems(refused)
    with transaction() as session:
        outcome = operations.import_demands(session, found.drafts, actor=actor, now=now)
    return _done(outcome, found.examples)


def _sort(violation: RuleViolation, form: FormState) -> list[tuple[Problem, str]]:
    """Problems of the terms and of the file as a whole go to the form; those of single rows are listed."""
    found = violation.problems if isinstance(violation, Problems) else (
        Problem("file", violation.code, violation.facts),)
    whole = [problem for problem in found if problem.row is None or problem.code.startswith("terms.")]
    if whole:
        form.add(Problems(whole))
    return [(problem, sentence(problem)) for problem in found if problem not in whole]


def _done(outcome: operations.ImportOutcome, examples: int) -> Page:
    counts = {"created": len(outcome.created), "updated": len(outcome.updated), "unchanged": len(outcome.unchanged)}
    flash(t("demand.flash.imported", **counts), "success")
    if examples:
        flash(t("demand.flash.example_skipped"), "info")
    return redirect(url_for("demand.publish_many"), 303)


def _form(form: FormState, problems: list[tuple[Problem, str]] | None = None, filename: str = "") -> str:
    rows = {problem.row for problem, _ in problems or []}
    return render_template("demand/import.html", form=form, problems=problems or [], bad_rows=len(rows),
                           filename=filename, choices=choices(), buyer=security.actor().organisation,
                           most_rows=MOST_ROWS, columns=columns.COLUMNS)


@pages.get("/demands/template.<ext>")
@security.public
def template(ext: str) -> Response:
    """The empty list as CSV or Excel."""
    if ext == "csv":
        body, kind = columns.csv_template(), "text/csv; charset=utf-8"
    elif ext == "xlsx":
        body, kind = columns.xlsx_template(language()), XLSX
    else:
        abort(404)
    return Response(body, headers={
        "Content-Type": kind, "Content-Disposition": f"attachment; filename=jiebang-demands.{ext}"})


@pages.get("/demands/mine.<any(csv,xlsx,jsonl):ext>")
@security.require(Role.BUYER)
def export_own(ext: str) -> Response:
    """Everything the buyer has written, as a list that can be imported again."""
    with reading() as session:
        own = queries.of_buyer(session, security.actor().organisation_id)
        body = columns.list_of(ext, own, title=t("demand.template.sheet"))
    kind = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX, "jsonl": "application/x-ndjson"}[ext]
    return Response(body, headers={
        "Content-Type": kind, "Content-Disposition": f"attachment; filename=jiebang-demands.{ext}"})
