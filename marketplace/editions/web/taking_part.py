"""Subscribing to editions, and a buyer's proposals."""
from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.editions import composing, operations, queries
from marketplace.editions.schemas import ProposalIn, SubscriptionIn
from marketplace.editions.web.pages import ONE, Page, pages
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import language, t
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import DemandStatus

UNPUBLISHED = (DemandStatus.PLANNING, DemandStatus.REVIEW)
MAY_BE_PROPOSED = (*UNPUBLISHED, DemandStatus.ACTIVE)


@pages.get("/editions/subscription")
@security.require()
def subscription() -> Page:
    """What the organisation is told of, and the feeds."""
    with reading() as session:
        held = queries.subscriptions_of(session, security.actor().organisation_id)
        form = FormState({"every": "1" if any(one.track_id is None for one in held) else "",
                          "track_ids": [str(one.track_id) for one in held if one.track_id is not None]})
        return render_template("editions/subscription.html", form=form, tracks=queries.tracks(session, active=True),
                               public_url=current_app.extensions["settings"].public_url)


@pages.post("/editions/subscription")
@security.require()
def subscribe() -> Page:
    """Keep the choice."""
    values = parse(SubscriptionIn(), flat(request.form, ["track_ids"]))
    with transaction() as session:
        operations.subscribe(session, **values, actor=security.actor(), now=clock.utc_now())
    flash(t("editions.subscription.saved"), "success")
    return redirect(url_for("editions.subscription"), 303)


@pages.get("/buyer/editions")
@security.require(Role.BUYER)
def proposals() -> Page:
    """The editions that take proposals and what became of the buyer's."""
    return _proposals(FormState())


def _proposals(form: FormState, month: str = "") -> Page:
    actor, now = security.actor(), clock.utc_now()
    with reading() as session:
        mine = queries.proposals_of(session, actor.organisation_id)
        own = [one for one in demands.of_buyer(session, actor.organisation_id) if one.status in MAY_BE_PROPOSED
               and (one.status in UNPUBLISHED or one.accepts_bids(now=now))]
        drafts = queries.drafts(session)
        there = {(item.edition_id, item.demand_id) for item in mine}
        free = {edition.id: [(one.code, f"{one.title} · {one.code}")
                             for one in own if (edition.id, one.id) not in there]
                for edition in drafts}
        page = render_template(
            "editions/proposals.html", drafts=drafts, free=free, mine=mine, form=form, month=month,
            tracks=[(track.id, getattr(track, f"name_{language()}")) for track in queries.tracks(session, active=True)])
    return (page, 422) if form.has_errors else page


@pages.post(f"/buyer{ONE}")
@security.require(Role.BUYER)
def propose(month: str) -> Page:
    """Propose one of the buyer's demands."""
    form, actor = FormState(flat(request.form)), security.actor()
    try:
        values = parse(ProposalIn(), flat(request.form))
        with transaction() as session:
            demand = demands.for_buyer(session, values.pop("demand"), actor=actor)
            composing.propose(session, queries.draft(session, month), demand, **values, actor=actor,
                              now=clock.utc_now())
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form.add(violation)
        return _proposals(form, month)
    flash(t("editions.flash.proposed"), "success")
    return redirect(url_for("editions.proposals"), 303)
