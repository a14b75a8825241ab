"""Founders suggested for a demand, demands suggested to a founder, and the invitation."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.clock import legal_day
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand import terms
from marketplace.forms import FormState, flat, parse
from marketplace.founders import capacity
from marketplace.founders import queries as founders
from marketplace.i18n import t
from marketplace.payments.queries import PayerRecord, payer_record
from marketplace.rules.capacity import WEEKS_TOLD
from marketplace.rules.errors import RuleViolation
from marketplace.rules.feedback import MatchEventKind, Side
from marketplace.suggestions import (
    conditions,
    explanations,
    feedback,
    operations,
    payer,
    queries,
    rounds,
    similar,
    teams,
)
from marketplace.suggestions.models import Suggestion
from marketplace.suggestions.schemas import NoteForm
from marketplace.suggestions.web.pages import FINAL, SHOWN, Page, after, pages

VARIED_FROM = 40
"""How many of the best suggestions a varied list is chosen from."""


@pages.get("/demands/<code>/founders")
@security.require(Role.BUYER)
def for_demand(code: str) -> Page:
    """The founders suggested for one's own demand, with reasons and counter-reasons, and whom the vetoes left out."""
    return _for_demand(code)


def _for_demand(code: str, form: FormState | None = None, profile_id: int = 0) -> str:
    now = clock.utc_now()
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        found = queries.for_demand(session, demand, limit=SHOWN + 1, after=after())
        people = [one.profile.founder_id for one in found[:SHOWN]]
        more = url_for("suggestions.for_demand", code=code, after=found[SHOWN - 1].rank) if found[SHOWN:] else None
        refresh, stale = queries.refresh_of(session, demand), operations.is_stale(session, demand)
        if stale and not jobs.pending("refresh_matches"):
            jobs.enqueue("refresh_matches", demand.id)  # the page says that it is being done
        page = render_template(
            "suggestions/for_demand.html", demand=demand, accepts=demand.accepts_bids(now=now),
            found=[explanations.explain(one) for one in found[:SHOWN]],
            vetoed=[explanations.explain(one) for one in queries.for_demand(session, demand, eligible=False)],
            dismissed=[explanations.explain(one) for one in queries.for_demand(session, demand, dismissed=True)],
            marks=feedback.marks_of_demand(session, demand.id), staffing=teams.for_demand(session, demand),
            confirmed=conditions.is_confirmed(demand), requirements=conditions.of_demand(demand),
            final=FINAL, invited=queries.invited(session, demand), stale=stale,
            in_hand=queries.work_in_hand(session, people), weeks_told=WEEKS_TOLD, free={
                one: view.free for one, view in capacity.of_founders(session, people, today=legal_day(now)).items()},
            computed_at=refresh.computed_at if refresh else None, form=form or FormState(), form_for=profile_id,
            page={"prev_url": None, "next_url": more})
        month = rounds.month_of(now)
        places = [feedback.Place(demand.id, one.profile_id, one.rank,
                                 rounds.propensity_of(session, demand.id, one.profile_id, month=month))
                  for one in found[:SHOWN]]
        fresh = feedback.unseen(session, places, Side.BUYER, MatchEventKind.SHOWN, person=security.actor(), now=now)
    note(fresh, Side.BUYER, MatchEventKind.SHOWN, now)
    return page


def note(places: list[feedback.Place], side: Side, kind: MatchEventKind, now: dt.datetime) -> None:
    """Keep what a signed-in person has just seen, where any of it is new today."""
    if places:
        with transaction() as session:
            feedback.note_seen(session, places, side, kind, person=security.actor(), now=now)


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
    """The demands that fit the founder: who pays and how they have paid first, then reasons and counter-reasons.

    ?view=varied shows the best ones in an order that does not repeat itself.
    """
    now, start, founder_id = clock.utc_now(), after(), security.actor().organisation_id
    varied = request.args.get("view") == "varied"
    with reading() as session:
        profile = founders.profile_of(session, founder_id)
        found = _varied(session, founder_id, now) if varied else queries.for_founder(
            session, founder_id, limit=SHOWN + 1, now=now, after=start)
        vetoed = queries.for_founder(session, founder_id, limit=SHOWN, now=now, eligible=False)
        gone = queries.for_founder(session, founder_id, now=now, dismissed=True)
        more = url_for("suggestions.for_founder", after=start + SHOWN) if found[SHOWN:] else None
        page = render_template(
            "suggestions/for_founder.html", profile=profile, varied=varied,
            cards=_cards(session, found[:SHOWN], today=clock.legal_day(now)),
            vetoed=[explanations.explain(one) for one in vetoed], invited=_invited(session, founder_id),
            dismissed=[explanations.explain(one) for one in gone],
            marks=feedback.marks_of_founder(session, profile.id) if profile else {},
            waiting=queries.waiting_refreshes(session), weak=explanations.WEAK, after=start,
            page={"prev_url": None, "next_url": more})
        places = [feedback.Place(one.demand_id, one.profile_id, start + place)
                  for place, one in enumerate(found[:SHOWN], start=1)]
        fresh = feedback.unseen(session, places, Side.FOUNDER, MatchEventKind.SHOWN, person=security.actor(), now=now)
    note(fresh, Side.FOUNDER, MatchEventKind.SHOWN, now)
    return page


def _varied(session: Session, founder_id: int, now: dt.datetime) -> list[Suggestion]:
    return similar.varied(queries.for_founder(session, founder_id, limit=VARIED_FROM, now=now), limit=SHOWN)


def _cards(session: Session, found: Iterable[Suggestion], *, today: dt.date) -> list[explanations.Explained]:
    """Each match with its buyer's payment terms and record."""
    records: dict[int, PayerRecord] = {}
    cards, found = [], list(found)
    parts = payer.parts_of(session, [one.demand for one in found], today=today)
    for one in found:
        buyer = one.demand.buyer
        if buyer.id not in records:
            records[buyer.id] = payer_record(session, buyer.id, as_of=today)
        cards.append(replace(explanations.explain(one), record=records[buyer.id], payer=parts[buyer.id],
                             terms=terms.summary(one.demand, buyer)))
    return cards


def _invited(session: Session, founder_id: int) -> dict[int, Any]:
    return {one.demand_id: one for one in queries.invitations_of(session, founder_id)}
