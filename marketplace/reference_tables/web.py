"""Pages of the tables: what is in force (for everyone), and loading a new one (operator)."""
from __future__ import annotations

import itertools
import json
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace import clock, jobs, reference, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.payments import recompute
from marketplace.reference_tables import files
from marketplace.reference_tables import operations as tables
from marketplace.reference_tables.schemas import LoadForm
from marketplace.rules.errors import Invalid, NotFound, Problem, Problems, RuleViolation
from marketplace.rules.reference_tables import Missing, TableKind

pages = Blueprint("reference", __name__)
Page = str | Response | tuple[str, int]
SHOWN = 50
MOST_COUNTED = 2000


@pages.app_context_processor
def _tables() -> dict[str, Any]:
    """For every page that shows a date or an amount: the editions it rests on, and what is missing."""
    return {"reference_editions": lambda: [reference.edition(kind) for kind in TableKind],
            "reference_missing": lambda: lacking()}


def lacking() -> Missing:
    """What ought to be loaded by today."""
    return tables.lacking(today=clock.legal_day(clock.utc_now()))


@pages.get("/reference")
@security.public
def index() -> str:
    """The tables in force with their sources: every year's days, every quote."""
    with reading() as session:
        found = {kind: reference.in_force(session, kind) for kind in TableKind}
        return render_template("reference/index.html", editions=found, missing=lacking(), kinds=list(TableKind),
                               years=sorted(found[TableKind.HOLIDAYS].document["years"].items(), reverse=True),
                               quotes=list(reversed(found[TableKind.LPR].document["quotes"])))


@pages.get("/operator/reference")
@security.require(Role.OPERATOR)
def desk() -> Page:
    """The operator's form, what is missing, and the versions loaded so far."""
    return _desk(FormState())


def _desk(form: FormState, problems: Problems | None = None) -> Page:
    with reading() as session:
        page = render_template(
            "reference/desk.html", form=form, missing=lacking(), problems=problems.problems if problems else (),
            editions=[reference.in_force(session, kind) for kind in TableKind],
            kinds=[(kind.value, t(f"enum.TableKind.{kind}")) for kind in TableKind],
            versions=[(row, tables.effects(session, row.id)) for kind in TableKind
                      for row in tables.versions(session, kind)])
    return (page, 422) if form.has_errors or problems else page


@pages.post("/operator/reference")
@security.require(Role.OPERATOR)
def preview() -> Page:
    """What a file would change, before anything is stored."""
    form = FormState(flat(request.form))
    try:
        kind = _kind(request.form.get("kind", ""))
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise Invalid("reference.no_file")
        source = request.form.get("source", "").strip()
        document = files.read_table(kind, upload.read(), upload.filename, source=source)
        return _preview(kind, document, source or files.named_source(document))
    except Problems as faults:
        return _desk(form, faults)
    except RuleViolation as refused:
        form.add(refused)
        return _desk(form)


def _kind(text: str) -> TableKind:
    if text not in list(TableKind):
        raise Problems([Problem("kind", "reference.no_kind")])
    return TableKind(text)


def _preview(kind: TableKind, document: dict[str, Any], source: str) -> str:
    today = clock.legal_day(clock.utc_now())
    with reading() as session:
        found = tables.draft(session, kind, document, source=source)
        moved = list(itertools.islice(
            recompute.touched(session, found.before, found.after, as_of=today), MOST_COUNTED))
        return render_template(
            "reference/preview.html", draft=found, kind=kind, moved=moved[:SHOWN], count=len(moved),
            most=MOST_COUNTED, due_moved=sum(one.due_moved for one in moved), today=today,
            more_fen=sum(one.interest_more_fen for one in moved),
            kept=json.dumps(document, ensure_ascii=False, separators=(",", ":")))


@pages.post("/operator/reference/<string:kind>")
@security.require(Role.OPERATOR)
def load(kind: str) -> Page:
    """Put the previewed table into force and recompute what it touches."""
    if kind not in list(TableKind):
        raise NotFound("not_found", what="reference_table", id=kind[:40])
    form = FormState()
    try:
        values = parse(LoadForm(), flat(request.form))
        document = files.read_table(TableKind(kind), values["document"].encode(), "table.json")
        with transaction() as session:
            row = tables.load(session, TableKind(kind), document, source=values["source"], upon=values["upon"],
                              actor=security.actor(), now=clock.utc_now())
            version = row.version
    except Problems as faults:
        return _desk(form, faults)
    except RuleViolation as refused:
        form.add(refused)
        return _desk(form)
    jobs.enqueue("apply_tables")
    flash(t("reference.flash.loaded", version=version), "success")
    return redirect(url_for("reference.desk"), 303)
