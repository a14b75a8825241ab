"""Leads for the operator and, about conflicts of interest, for the buyer: every look is written down."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.integrity import collusion, conflicts, texts, views
from marketplace.integrity.models import CollusionLead
from marketplace.integrity.schemas import ClosingForm, LookForm
from marketplace.integrity.web.pages import Page, pages
from marketplace.rules.collusion import COLLUSION_LEAD, OPEN_STAGES, CollusionKind, LeadStage, Strength
from marketplace.rules.errors import RuleViolation

LEAD = "/integrity/leads/<int(max=2147483647):lead_id>"


@pages.get("/demands/<code>/integrity")
@security.require(Role.BUYER, Role.OPERATOR)
def of_demand(code: str) -> Page:
    """What the bidders declared, leads on conflicts of interest, and those on collusion the reader may see."""
    actor = security.actor()
    with transaction() as session:
        demand = demands.by_code(session, code)
        views.check_not_blind(session, demand, actor)
        bidders = conflicts.look(session, demand, actor=actor, now=clock.utc_now())
        found = [lead for lead in collusion.of_demand(session, demand)
                 if actor.role == Role.OPERATOR or lead.stage == LeadStage.FORWARDED]
        return render_template(
            "integrity/of_demand.html", demand=demand, bidders=bidders, leads=found, kind=CollusionKind,
            strength=Strength, stage=LeadStage, texts=texts, scan=collusion.scan_of(session, demand),
            operator=actor.role == Role.OPERATOR)


@pages.post("/demands/<code>/integrity/scan")
@security.require(Role.OPERATOR)
def scan(code: str) -> Page:
    """Compare the bids once more."""
    with transaction() as session:
        count = collusion.scan(session, demands.by_code(session, code), now=clock.utc_now(), actor=security.actor())
    flash(t("integrity.leads.scan_done", count=count), "success")
    return redirect(url_for("integrity.of_demand", code=code), 303)


@pages.get("/integrity")
@security.require(Role.OPERATOR)
def index() -> Page:
    """The leads on collusion: open ones or closed ones, and what was compared last."""
    closed = request.args.get("state") == "closed"
    with reading() as session:
        still, over = (collusion.leads(session, stages=stages) for stages in (
            OPEN_STAGES, tuple(stage for stage in LeadStage if stage not in OPEN_STAGES)))
        return render_template(
            "integrity/leads.html", leads=over if closed else still, closed=closed, open_count=len(still),
            closed_count=len(over), kind=CollusionKind, strength=Strength, stage=LeadStage, texts=texts,
            scans=collusion.scans(session),
            counts={lead.demand_id: sum(one.demand_id == lead.demand_id for one in (*still, *over))
                    for lead in (*still, *over)})


@pages.get(LEAD)
@security.require(Role.BUYER, Role.OPERATOR)
def lead(lead_id: int) -> Page:
    """One lead: what was found, by which method, what may explain it, what the operator saw."""
    with transaction() as session:
        found = collusion.read(session, lead_id, actor=security.actor(), now=clock.utc_now())
        views.check_not_blind(session, found.demand, security.actor())
        return _page(session, found, FormState())


def _page(session: Session, found: CollusionLead, form: FormState) -> str:
    operator = security.actor().role == Role.OPERATOR
    return render_template(
        "integrity/lead.html", lead=found, form=form, kind=CollusionKind(found.kind), stage=LeadStage(found.stage),
        strength=Strength(found.strength), bids=collusion.bids_of(session, found), texts=texts, operator=operator,
        may={action for stage, action in COLLUSION_LEAD.moves if stage == found.stage and operator})


def _step(lead_id: int, said: str, schema: Schema, act: Callable[[Session, dict[str, Any]], Any]) -> Page:
    with reading() as session:
        collusion.visible(session, lead_id, actor=security.actor())
    try:
        values = parse(schema, flat(request.form))
        with transaction() as session:
            act(session, values)
    except RuleViolation as violation:
        form = FormState(request.form)
        form.add(violation)
        with reading() as session:
            return _page(session, collusion.visible(session, lead_id, actor=security.actor()), form), violation.status
    flash(t(f"integrity.lead.{said}_flash"), "success")
    return redirect(url_for("integrity.lead", lead_id=lead_id), 303)


@pages.post(f"{LEAD}/look")
@security.require(Role.OPERATOR)
def look(lead_id: int) -> Page:
    """Write down what was seen."""
    return _step(lead_id, "looked", LookForm(), lambda session, values: collusion.look(
        session, lead_id, note=values["note"], actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{LEAD}/closing")
@security.require(Role.OPERATOR)
def close(lead_id: int) -> Page:
    """Explained, or forwarded to the buyer and the authority."""
    return _step(lead_id, "closed", ClosingForm(), lambda session, values: collusion.close(
        session, lead_id, forwarded=values["forwarded"], closing=values["closing"], actor=security.actor(),
        now=clock.utc_now()))
