"""The operator's page of everything that waits, leads on retaliation, and the directory of partners."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts import standing
from marketplace.accounts.models import Role
from marketplace.complaints import partners, queries, retaliation
from marketplace.complaints.forms import KEY, renamed
from marketplace.complaints.partners import PartnerForm
from marketplace.complaints.schemas import LeadClosingSchema, PartnerSchema, note
from marketplace.complaints.web.pages import pages
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import label, t
from marketplace.rules import statutes
from marketplace.rules.errors import RuleViolation
from marketplace.rules.remedies import LEAD, LeadKind, LeadStatus, PartnerKind

WHOSE = ("operator", "authority", "buyer", "founder", "both")
LEAD_PATH = f"/leads/<{KEY}:lead_id>"
Page = str | tuple[str, int] | Response
QUESTION, ANSWER = note("lead_question", "question"), note("lead_answer", "text")


@pages.get("/operator/remedies")
@security.require(Role.OPERATOR)
def desk() -> str:
    """Complaints, list entries, mediations, plans and leads by whose turn it is."""
    today = clock.legal_day(clock.utc_now())
    with reading() as session:
        items = queries.queue(session, today=today)
        wanted = request.args.get("whose")
        whose = wanted if wanted in WHOSE else "operator"
        return render_template(
            "complaints/desk.html", items=[one for one in items if one.whose == whose], whose=whose, every=WHOSE,
            counts={name: sum(one.whose == name for one in items) for name in WHOSE}, today=today,
            late=[one for one in items if one.late], blocks=standing.every_block(session),
            kinds={kind.value: label(kind) for kind in LeadKind})


@pages.get("/leads")
@security.require()
def leads() -> str:
    """The leads on retaliation this reader may see."""
    with reading() as session:
        found = queries.leads(session, actor=security.actor())
        return render_template("complaints/leads.html", leads=found, kind=LeadKind, status=LeadStatus)


@pages.get(LEAD_PATH)
@security.require()
def lead(lead_id: int) -> str:
    """One lead: what was seen, what was asked, what was answered."""
    with reading() as session:
        return _lead_page(session, lead_id, FormState())


def _lead_page(session: Session, lead_id: int, form: FormState) -> str:
    actor = security.actor()
    found = retaliation.visible(session, lead_id, actor=actor)
    return render_template(
        "complaints/lead.html", lead=found, form=form, kind=LeadKind(found.kind), status=LeadStatus(found.status),
        side={found.buyer_id: "buyer", found.founder_id: "founder"}.get(actor.organisation_id, "operator"),
        may={action for status, action in LEAD.moves if status == found.status},
        seen=t(f"complaints.lead_fact.{found.kind}", **found.facts | {
            "added": [_condition(code) for code in found.facts.get("added", [])]}),
        article=statutes.article("CN-802/20").citation)


def _condition(code: str) -> str:
    """"certification:CMMI 5" in the reader's language."""
    kind, _, name = code.partition(":")
    return t(f"complaints.condition.{kind}", name=name)


def _lead_step(lead_id: int, said: str, schema: Schema, act: Callable[..., Any]) -> Page:
    with reading() as session:
        retaliation.visible(session, lead_id, actor=security.actor())
    try:
        values = parse(schema, flat(request.form))
        with transaction() as session:
            act(session, lead_id, actor=security.actor(), now=clock.utc_now(), **values)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState(flat(request.form))
        form.add(renamed(violation, schema))
        with reading() as session:
            return _lead_page(session, lead_id, form), violation.status
    flash(t(f"complaints.flash.{said}"), "success")
    return redirect(url_for("complaints.lead", lead_id=lead_id), 303)


@pages.post(f"{LEAD_PATH}/question")
@security.require(Role.OPERATOR)
def ask(lead_id: int) -> Page:
    """Ask the buyer for its side."""
    return _lead_step(lead_id, "lead_asked", QUESTION, retaliation.ask)


@pages.post(f"{LEAD_PATH}/answer")
@security.require(Role.BUYER)
def answer(lead_id: int) -> Page:
    """The buyer's answer."""
    return _lead_step(lead_id, "lead_answered", ANSWER, retaliation.answer)


@pages.post(f"{LEAD_PATH}/closing")
@security.require(Role.OPERATOR)
def close_lead(lead_id: int) -> Page:
    """Explained, or passed on to the authority."""
    return _lead_step(lead_id, "lead_closed", LeadClosingSchema(), retaliation.close)


@pages.get("/operator/partners")
@security.require(Role.OPERATOR)
def partner_list() -> str:
    """The directory, and a form for a new partner."""
    with reading() as session:
        return _partners(session, FormState({"partner_kind": PartnerKind.LAWYER, "partner_active": "1"}))


def _partners(session: Session, form: FormState, editing: int | None = None) -> str:
    return render_template("complaints/partners.html", partners=partners.directory(session), form=form,
                           kind=PartnerKind, editing=editing, kinds=[(one.value, label(one)) for one in PartnerKind])


@pages.post("/operator/partners")
@security.require(Role.OPERATOR)
def add_partner() -> Page:
    """A new partner."""
    return _keep(None, lambda session, form: partners.add(session, form, actor=security.actor(), now=clock.utc_now()))


@pages.get(f"/operator/partners/<{KEY}:partner_id>")
@security.require(Role.OPERATOR)
def edit_partner(partner_id: int) -> str:
    """The form of one partner."""
    with reading() as session:
        found = partners.partner(session, partner_id)
        shown = PartnerSchema().dump(found)
        return _partners(session, FormState(shown | {"partner_active": "1" if found.active else ""}), partner_id)


@pages.post(f"/operator/partners/<{KEY}:partner_id>")
@security.require(Role.OPERATOR)
def save_partner(partner_id: int) -> Page:
    """Changed words about a partner, or one that is no longer offered."""
    with reading() as session:
        partners.partner(session, partner_id)
    return _keep(partner_id, lambda session, form: partners.edit(
        session, partner_id, form, actor=security.actor(), now=clock.utc_now()))


def _keep(partner_id: int | None, act: Callable[[Session, PartnerForm], Any]) -> Page:
    given = flat(request.form) | {"partner_active": "1" if request.form.get("partner_active") else "0"}
    try:
        values = parse(PartnerSchema(), given)
        with transaction() as session:
            act(session, PartnerForm(**values))
    except RuleViolation as violation:
        form = FormState(given)
        form.add(renamed(violation, PartnerSchema()))
        with reading() as session:
            return _partners(session, form, partner_id), violation.status
    flash(t("complaints.flash.partner_saved"), "success")
    return redirect(url_for("complaints.partner_list"), 303)
