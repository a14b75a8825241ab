"""The invitations proposed for a month, for buyers and the operator; and how exposure stands, for the operator."""
from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.i18n import sentence, t
from marketplace.rules import feedback as rules
from marketplace.rules.errors import Invalid, RuleViolation
from marketplace.suggestions import exposure, newcomers, operations, queries, rounds
from marketplace.suggestions.web.pages import Page, pages

_PAIR = re.compile(r"([\w-]{1,40}):(\d{1,9})")
LEAST_SHOWN = 15


@pages.get("/proposals")
@security.require(Role.BUYER, Role.OPERATOR)
def proposals() -> Page:
    """A month's proposals: a buyer's own demands, or for the operator all of them with the figures."""
    actor, now = security.actor(), clock.utc_now()
    month = request.args.get("month", "")[:7] or rounds.month_of(now)
    with reading() as session:
        found = rounds.of_month(session, month, buyer_id=actor.organisation_id if actor.role == Role.BUYER else None)
        invited = {one.demand_id: queries.invited(session, one.demand)
                   for group in (found.proposals.values() if found else ()) for one in group[:1]}
        return render_template("suggestions/proposals.html", round=found, month=month, current=rounds.month_of(now),
                               months=rounds.months(session), invited=invited, rules=rounds,
                               shares=newcomers.shares(session, found) if found else [])


@pages.post("/proposals")
@security.require(Role.OPERATOR)
def propose() -> Page:
    """Work out this month's proposals anew."""
    with transaction() as session:
        count = rounds.propose(session, actor=security.actor(), now=clock.utc_now())
    flash(t("rounds.computed_flash", count=count), "success")
    return redirect(url_for("suggestions.proposals"), 303)


@pages.post("/proposals/invite")
@security.require(Role.BUYER)
def invite_proposed() -> Page:
    """Invite the ticked founders, all or none. Boxes are named "JB-2026-000123:45"."""
    now, actor = clock.utc_now(), security.actor()
    back = redirect(url_for("suggestions.proposals"), 303)
    ticked = list(dict.fromkeys(request.form.getlist("pairs")))
    try:
        if not ticked:
            raise Invalid("rounds.none_ticked")
        with transaction() as session:
            for text in ticked:
                found = _PAIR.fullmatch(text)
                if found is None:
                    raise Invalid("rounds.unknown", pair=text[:60])
                demand = demands.for_buyer(session, found[1], actor=actor)
                operations.invite(session, demand, int(found[2]), note="", actor=actor, now=now)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        flash(sentence(violation), "error")
        return back
    flash(t("rounds.invited", count=len(ticked)), "success")
    return back


@pages.get("/operator/exposure")
@security.require(Role.OPERATOR)
def exposure_report() -> Page:
    """Newcomers' exposure held against their chances, as ranked and as shown."""
    with reading() as session:
        found = exposure.view(session, now=clock.utc_now())
        return render_template("suggestions/exposure.html", view=found, least=found.founders[:LEAST_SHOWN],
                               bounds=rules)
