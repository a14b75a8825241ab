"""The pages of a joint bid (the lead names members, each answers for itself), and the files of opened bids."""
from __future__ import annotations

import io
from collections.abc import Callable

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security, uploads
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.evaluation import queries as rounds
from marketplace.forms import FormState, parse
from marketplace.i18n import sentence, t
from marketplace.rules import joint_bid
from marketplace.rules.attachments import ENDINGS
from marketplace.rules.errors import NotFound, Problem, Problems, RuleViolation
from marketplace.tendering import attachments, forms, teams
from marketplace.tendering.schemas import TeamPage
from marketplace.tendering.web.pages import Page, pages

OTHERS_MOST = joint_bid.MOST_MEMBERS[-1].value - 1


@pages.get("/demands/<code>/team")
@security.require(Role.FOUNDER)
def team(code: str) -> Page:
    """The team the founder leads, and what others ask of the founder. `q` finds founders, `with` names some."""
    return _team_page(code)


def _team_page(code: str, form: FormState | None = None) -> str:
    now, actor = clock.utc_now(), security.actor()
    looked_for = request.args.get("q", "")[:100]
    with reading() as session:
        demand = demands.by_code(session, code)
        own = teams.standing(session, demand, actor.organisation_id)
        return render_template(
            "tendering/team.html", demand=demand, team=own, form=form or _written(own, request.args.getlist("with")),
            asked=teams.invitations(session, actor.organisation_id, demand), q=looked_for,
            found=teams.found(session, looked_for, without=actor.organisation_id), open=demand.accepts_bids(now=now),
            lies=own is not None and teams.has_entered(session, demand, own), places=OTHERS_MOST,
            search=FormState({"q": looked_for}))


def _written(own: teams.BidTeam | None, named: list[str]) -> FormState:
    """The form with the team as it stands, and the founders the page was asked for with."""
    lead, rows = {}, []
    for one in own.members if own else ():
        said = {"uscc": one.founder.uscc, "role": one.role, "share": joint_bid.percent(one.share_bp)}
        if one.founder_id == own.lead_id:
            lead = said
        elif one.status != joint_bid.MemberStatus.WITHDRAWN:
            rows.append(said)
    rows += [{"uscc": code[:18]} for code in dict.fromkeys(named) if code not in {row["uscc"] for row in rows}]
    return forms.team_form(lead, rows[:OTHERS_MOST])


@pages.post("/demands/<code>/team")
@security.require(Role.FOUNDER)
def save_team(code: str) -> Page:
    """Write the team down and ask whoever is new or whose part changed."""
    values, form = forms.team(request.form, OTHERS_MOST)
    try:
        said = parse(TeamPage(), values)
        with transaction() as session:
            teams.propose(session, demands.by_code(session, code), said["lead"], said["members"],
                          actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        if isinstance(violation, NotFound):
            raise
        form.add(_in_percent(violation))
        return _team_page(code, form), violation.status
    flash(t("tendering.team.asked_flash"), "success")
    return redirect(url_for("tendering.team", code=code), 303)


def _in_percent(violation: RuleViolation) -> RuleViolation:
    if not isinstance(violation, Problems):
        return violation
    return Problems([Problem(one.field.removesuffix("_bp"), one.code, one.facts) for one in violation])


@pages.post("/demands/<code>/team/dissolve")
@security.require(Role.FOUNDER)
def dissolve_team(code: str) -> Page:
    """Give the team up."""
    return _done(code, "dissolved", lambda session, demand: teams.dissolve(
        session, demand, actor=security.actor(), now=clock.utc_now()))


@pages.post("/demands/<code>/team/answer")
@security.require(Role.FOUNDER)
def answer_team(code: str) -> Page:
    """Confirm or decline the own role and share."""
    confirm, number = request.form.get("answer") == "confirm", request.form.get("team_id", "")
    return _done(code, "confirmed" if confirm else "declined", lambda session, demand: teams.answer(
        session, demand, int(number) if number.isdecimal() and number.isascii() else 0, confirm=confirm,
        actor=security.actor(), now=clock.utc_now()))


def _done(code: str, said: str, act: Callable[[Session, Demand], object]) -> Page:
    try:
        with transaction() as session:
            act(session, demands.by_code(session, code))
    except RuleViolation as violation:
        if isinstance(violation, NotFound):
            raise
        flash(sentence(violation), "error")
    else:
        flash(t(f"tendering.team.{said}_flash"), "success")
    return redirect(url_for("tendering.team", code=code), 303)


@pages.get("/demands/<code>/bids/<int(max=2147483647):bid_id>/attachments/<int(max=99):place>")
@security.require()
def attachment(code: str, bid_id: int, place: int) -> Response:
    """A file of an opened bid, always as a download that no browser shows or runs by itself."""
    actor = security.actor()
    with reading() as session:
        demand = demands.by_code(session, code)
        found, data = attachments.read(session, demand, bid_id, place, files=uploads.attachment_files(), actor=actor)
        hidden = actor.organisation_id == demand.buyer_id and rounds.names_hidden(session, demand)
    name = f"attachment-{place}.{ENDINGS[found.media_type][0]}" if hidden else found.name
    response = send_file(io.BytesIO(data), found.media_type, as_attachment=True, download_name=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
