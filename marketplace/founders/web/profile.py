"""The profile editor, its import and export."""
from __future__ import annotations

import json
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.forms import FormState, parse
from marketplace.founders import completeness, editor, imports, operations, queries
from marketplace.founders.schemas import ProfileForm, ProfileSchema
from marketplace.founders.web.pages import Page, pages
from marketplace.i18n import label, sentence, t
from marketplace.rules.agents import ModelResidency
from marketplace.rules.errors import Problem, Problems, RuleViolation


@pages.get("/founder/profile")
@security.require(Role.FOUNDER)
def profile() -> Page:
    """The editor, filled with what is stored."""
    with reading() as session:
        found = queries.profile_of(session, security.actor().organisation_id)
        values, cases = editor.stored(found)
        return _editor(editor.state(values, cases or [{}]), len(cases) or 1, found)


@pages.post("/founder/profile")
@security.require(Role.FOUNDER)
def save_profile() -> Page:
    """Save the profile; or add or remove a row of past cases and keep everything typed."""
    values, cases = editor.values_of(request.form), editor.cases_of(request.form)
    if "add_case" in request.form or "remove_case" in request.form:
        return _with_rows(values, _changed_rows(cases))
    form = editor.state(values, values["past_cases"])
    try:
        draft = parse(ProfileForm(), values)
        with transaction() as session:
            operations.save_profile(session, draft, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        form.add(editor.beside(violation))
        with reading() as session:
            found = queries.profile_of(session, security.actor().organisation_id)
            return _editor(form, max(len(values["past_cases"]), 1), found), violation.status
    return _saved(t("founders.profile.saved"))


def _changed_rows(cases: list[dict[str, str]]) -> list[dict[str, str]]:
    if "add_case" in request.form:
        return [*cases, {"title": "", "summary": ""}]
    gone = request.form["remove_case"]
    return [case for number, case in enumerate(cases) if str(number) != gone]


def _with_rows(values: dict[str, Any], cases: list[dict[str, str]]) -> Page:
    with reading() as session:
        found = queries.profile_of(session, security.actor().organisation_id)
        return _editor(editor.state(values, cases), len(cases), found)


def _editor(form: FormState, rows: int, found: Any) -> str:
    return render_template(
        "founders/profile.html", form=form, rows=rows, profile=found, complete=completeness.of_profile(found),
        tools=editor.agent_rows(form), residencies=[(one.value, label(one)) for one in ModelResidency],
        verified=[case for case in found.past_cases if case.contract_id is not None] if found else [])


def _saved(message: str) -> Page:
    jobs.enqueue("refresh_stale_matches")
    flash(message, "success")
    return redirect(url_for("founders.desk"), 303)


@pages.get("/founder/profile/import")
@security.require(Role.FOUNDER)
def import_form() -> Page:
    """Explain the file and ask for it."""
    return render_template("founders/import.html", form=FormState(), problems=[], sentence=sentence)


@pages.post("/founder/profile/import")
@security.require(Role.FOUNDER)
def import_profile() -> Page:
    """Replace the profile by the one record of a JSON or JSONL file; nothing changes when anything in it is wrong."""
    try:
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise Problems([Problem("file", "field.required")])
        draft = imports.read_one(upload.stream.read(), upload.filename)
        with transaction() as session:
            operations.import_profile(session, draft, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        form = FormState()
        problems = violation.problems if isinstance(violation, Problems) else ()
        whole = [problem for problem in problems if problem.field == "file"]
        form.add(Problems(whole) if whole else violation)
        return render_template("founders/import.html", form=form, problems=[] if whole else problems,
                               sentence=sentence), violation.status
    return _saved(t("founders.import.done"))


@pages.get("/founder/profile/export")
@security.require(Role.FOUNDER)
def export_profile() -> Page:
    """The stored profile as a file that can be imported again."""
    with reading() as session:
        found = queries.profile_of(session, security.actor().organisation_id)
        if found is None:
            return redirect(url_for("founders.profile"))
        text = json.dumps(ProfileSchema().dump(found), ensure_ascii=False) + "\n"
    return Response(text, mimetype="application/jsonl",
                    headers={"Content-Disposition": "attachment; filename=profile.jsonl"})
