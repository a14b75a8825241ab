"""A founder looks for partners for a demand, asks them, and answers those who ask."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.forms import flat, parse
from marketplace.founders import queries as founders
from marketplace.i18n import sentence, t
from marketplace.rules.errors import RuleViolation
from marketplace.suggestions import advice, teams
from marketplace.suggestions.schemas import NoteForm
from marketplace.suggestions.web.pages import Page, pages


@pages.get("/demands/<code>/partners")
@security.require(Role.FOUNDER)
def partners(code: str) -> Page:
    """Who complements the founder for this demand, and what was asked so far."""
    founder_id, now = security.actor().organisation_id, clock.utc_now()
    with reading() as session:
        demand = demands.by_code(session, code)
        profile = founders.profile_of(session, founder_id)
        found = teams.partners_for(session, demand, profile) if profile else None
        questions = teams.partner_questions(session, demand, founder_id)
        return render_template(
            "suggestions/partners.html", demand=demand, profile=profile, staffing=found, questions=questions,
            asked={one.to_founder_id for one in questions if one.from_founder_id == founder_id},
            accepts=demand.accepts_bids(now=now))


@pages.get("/demands/<code>/improve")
@security.require(Role.FOUNDER)
def improve(code: str) -> Page:
    """Where the founder stands for this demand, and what would move them up."""
    with reading() as session:
        demand = demands.by_code(session, code)
        profile = founders.profile_of(session, security.actor().organisation_id)
        found = advice.for_founder(session, demand, profile) if profile else None
        return render_template("suggestions/improve.html", demand=demand, standing=found)


@pages.post("/demands/<code>/partners/<int:profile_id>")
@security.require(Role.FOUNDER)
def ask_partner(code: str, profile_id: int) -> Page:
    """Ask another founder to take on the demand together."""
    back = redirect(url_for("suggestions.partners", code=code), 303)
    try:
        values = parse(NoteForm(), flat(request.form))
        with transaction() as session:
            demand = demands.by_code(session, code)
            asked = teams.ask_partner(session, demand, profile_id, note=values["note"], actor=security.actor(),
                                      now=clock.utc_now())
            name = asked.to_founder.name
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        flash(sentence(violation), "error")
        return back
    flash(t("teams.asked", founder=name), "success")
    return back


@pages.post("/partners/<int:partner_invitation_id>/answer")
@security.require(Role.FOUNDER)
def answer_partner(partner_invitation_id: int) -> Page:
    """Say yes or no to another founder's question."""
    accept = request.form.get("answer") == "accept"
    with transaction() as session:
        asked = teams.answer_partner(session, partner_invitation_id, accept=accept, actor=security.actor(),
                                     now=clock.utc_now())
        code = asked.demand.code
    flash(t("teams.accepted_flash") if accept else t("teams.declined_flash"), "success")
    return redirect(url_for("suggestions.partners", code=code), 303)
