"""Founders suggested for a demand, demands suggested to a founder, and the invitation."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand import terms
from marketplace.forms import FormState, flat, parse
from marketplace.founders import queries as founders
from marketplace.i18n import t
from marketplace.payments.queries import PayerRecord, payer_record
from marketplace.rules.errors import RuleViolation
from marketplace.suggestions import explanations, operations, queries
from marketplace.suggestions.models import Suggestion
from marketplace.suggestions.schemas import NoteForm

pages = Blueprint("suggestions", __name__)
SHOWN = 10
MOST = 10_000
# Vetoes the law or fairness puts; every other veto is the engine's reading of a text, which the buyer may overrule.
FINAL = frozenset({"conflict_of_interest", "set_aside"})
Page = str | tuple[str, int] | Response


@pages.get("/demands/<code>/founders")
@security.require(Role.BUYER)
def for_demand(code: str) -> Page:
    """The founders suggested for one's own demand, with reasons and counter-reasons, and whom the vetoes left out."""
    return _for_demand(code)


def _for_demand(code: str, form: FormState | None = None, profile_id: int = 0) -> str:
    now = clock.utc_now()
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        found = queries.for_demand(session, demand, limit=SHOWN + 1, after=_after())
        more = url_for("suggestions.for_demand", code=code, after=found[SHOWN - 1].rank) if found[SHOWN:] else None
        refresh, stale = queries.refresh_of(session, demand), operations.is_stale(session, demand)
        if stale and not jobs.pending("refresh_matches"):
            jobs.enqueue("refresh_matches", demand.id)  # the page says that it is being done
        return render_template(
            "suggestions/for_demand.html", demand=demand, accepts=demand.accepts_bids(now=now),
            found=[explanations.explain(one) for one in found[:SHOWN]],
            vetoed=[explanations.explain(one) for one in queries.for_demand(session, demand, eligible=False)],
            final=FINAL, invited=queries.invited(session, demand), stale=stale,
            computed_at=refresh.computed_at if refresh else None, form=form or FormState(), form_for=profile_id,
            page={"prev_url": None, "next_url": more})


@pages.post("/demands/<code>/founders/<int:profile_id>/invite")
@security.require(Role.BUYER)
def invite(code: str, profile_id: int) -> Page:
    """Ask a founder to bid, with a note."""
    try:
        values = parse(NoteForm(), flat(request.form))
        with transaction() as session:
            demand = demands.for_buyer(session, code, actor=security.actor())
            operations.invite(session, demand, profile_id, note=values["note"], actor=security.actor(),
                              now=clock.utc_now())
            name = founders.by_id(session, profile_id).founder.name
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState(request.form)
        form.add(violation)
        return _for_demand(code, form, profile_id), violation.status
    flash(t("suggestions.invite.done", founder=name), "success")
    return redirect(url_for("suggestions.for_demand", code=code), 303)


@pages.get("/founder/matches")
@security.require(Role.FOUNDER)
def for_founder() -> Page:
    """The demands that fit the founder: who pays and how they have paid first, then reasons and counter-reasons."""
    now, after, founder_id = clock.utc_now(), _after(), security.actor().organisation_id
    with reading() as session:
        found = queries.for_founder(session, founder_id, limit=SHOWN + 1, now=now, after=after)
        vetoed = queries.for_founder(session, founder_id, limit=SHOWN, now=now, eligible=False)
        more = url_for("suggestions.for_founder", after=after + SHOWN) if found[SHOWN:] else None
        return render_template(
            "suggestions/for_founder.html", profile=founders.profile_of(session, founder_id),
            cards=_cards(session, found[:SHOWN], today=clock.legal_day(now)),
            vetoed=[explanations.explain(one) for one in vetoed], invited=_invited(session, founder_id),
            waiting=queries.waiting_refreshes(session), weak=explanations.WEAK, after=after,
            page={"prev_url": None, "next_url": more})


def _cards(session: Session, found: Iterable[Suggestion], *, today: dt.date) -> list[explanations.Explained]:
    """Each match with its buyer's payment terms and record."""
    records: dict[int, PayerRecord] = {}
    cards = []
    for one in found:
        buyer = one.demand.buyer
        if buyer.id not in records:
            records[buyer.id] = payer_record(session, buyer.id, as_of=today)
        cards.append(replace(explanations.explain(one), record=records[buyer.id],
                             terms=terms.summary(one.demand, buyer)))
    return cards


def _invited(session: Session, founder_id: int) -> dict[int, Any]:
    return {one.demand_id: one for one in queries.invitations_of(session, founder_id)}


def _after() -> int:
    return min(max(request.args.get("after", 0, type=int), 0), MOST)
