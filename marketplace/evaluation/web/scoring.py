"""An evaluator's own page: declare, score every bid without knowing whose it is, submit."""
from __future__ import annotations

import io
from pathlib import PurePath
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security, uploads
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.evaluation import blind, operations, panel, queries
from marketplace.evaluation.models import Evaluator
from marketplace.evaluation.web.pages import Page, pages
from marketplace.forms import FormState, parse
from marketplace.i18n import t
from marketplace.rules.errors import NotFound, Problem, Problems, RuleViolation
from marketplace.rules.panel import EvaluatorStatus
from marketplace.tendering import attachments, forms
from marketplace.tendering.schemas import ScoresSchema

MAY_READ = (EvaluatorStatus.DECLARED, EvaluatorStatus.SUBMITTED)

@pages.get("/demands/<code>/scoring")
@security.require()
def own(code: str) -> Page:
    """What the reader has to do as an evaluator of this demand. 404 for everyone who is none."""
    return _page(code)


def _page(code: str, form: FormState | None = None) -> str:
    with reading() as session:
        demand = demands.by_code(session, code)
        mine = queries.evaluator_of(session, demand, security.actor())
        return render_template(
            "evaluation/scoring.html", demand=demand, mine=mine, form=form or FormState(_values(mine)),
            sheets=blind.sheets(session, demand, reader=mine.id, within=mine.round)
            if mine.status in MAY_READ else [],
            quality=queries.quality(demand), bidders=blind.bidder_names(session, demand),
            hints=panel.hints(session, demand, security.actor()))


def _values(mine: Evaluator) -> dict[str, Any]:
    return {f"bid{one.bid_id}.{name}.{one.criterion_id}": value for one in mine.points
            for name, value in (("points", one.points), ("comments", one.comment))}


@pages.post("/demands/<code>/scoring/declaration")
@security.require()
def declare(code: str) -> Page:
    """No conflict of interest, or standing aside with the reason."""
    form = FormState(request.form)
    try:
        if request.form.get("conflict") not in ("no", "yes"):
            raise Problems([Problem("conflict", "evaluation.declaration_missing")])
        with transaction() as session:
            operations.declare(session, demands.by_code(session, code), conflict=request.form["conflict"] == "yes",
                               text=request.form.get("text", ""), actor=security.actor(), now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form.add(violation, "text" if violation.code == "evaluation.recusal_reason_missing" else "")
        return _page(code, form), violation.status
    flash(t("panel.declared_flash"), "success")
    return redirect(url_for("evaluation.own", code=code), 303)


@pages.post("/demands/<code>/scoring")
@security.require()
def score(code: str) -> Page:
    """Keep what is filled in for every bid, and submit it when asked to."""
    submitting = request.form.get("do") == "submit"
    try:
        with transaction() as session:
            demand = demands.by_code(session, code)
            queries.evaluator_of(session, demand, security.actor())
            _keep(session, demand)
            if submitting:
                operations.submit(session, demand, actor=security.actor(), now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form = FormState(request.form)
        form.add(violation)
        return _page(code, form), violation.status
    flash(t("panel.submitted_flash" if submitting else "panel.saved_flash"), "success")
    return redirect(url_for("evaluation.own", code=code), 303)


def _keep(session: Session, demand: Demand) -> None:
    """Every bid's points as typed; all that is wrong with any of them at once."""
    problems: list[Problem] = []
    for sheet in blind.sheets(session, demand, reader=0):
        given, names = forms.scores(request.form, sheet.id)
        if not given:
            continue
        try:
            said = parse(ScoresSchema(), {"scores": given})["scores"]
            operations.save(
                session, demand, sheet.id, points={row["criterion_id"]: row["points"] for row in said},
                comments={row["criterion_id"]: row["comment"] for row in said}, actor=security.actor(),
                now=clock.utc_now())
        except Problems as violation:
            renamed = forms.renamed(violation, names)
            problems += renamed.problems if isinstance(renamed, Problems) else []
    if problems:
        raise Problems(problems)


@pages.get("/demands/<code>/scoring/<int(max=2147483647):bid_id>/attachments/<int(max=99):place>")
@security.require()
def attachment(code: str, bid_id: int, place: int) -> Response:
    """A bid's attachment for those who score, under its number instead of its name."""
    actor = security.actor()
    with reading() as session:
        demand = demands.by_code(session, code)
        if actor.organisation_id != demand.buyer_id and \
                queries.evaluator_of(session, demand, actor).status not in MAY_READ:
            raise NotFound("evaluation.not_evaluator", code=code)
        one, data = attachments.read(session, demand, bid_id, place, files=uploads.attachment_files(), actor=actor,
                                     evaluator=True)
    return send_file(io.BytesIO(data), mimetype=one.media_type, as_attachment=True,
                     download_name=f"{bid_id}-{place}{PurePath(one.name).suffix}")
