"""The buyer's desk, the public list, and the page of one demand."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role, User
from marketplace.bonds import queries as bonds
from marketplace.contracts import queries as contracts
from marketplace.db import reading, transaction
from marketplace.demand import (
    addenda,
    deadlines,
    following,
    guard,
    linting,
    operations,
    queries,
    reserves,
    review,
    saving,
    views,
)
from marketplace.demand import texts as fields
from marketplace.demand.models import Demand
from marketplace.demand.web.pages import Page, pages
from marketplace.evaluation import queries as scoring
from marketplace.evaluation import views as evaluating
from marketplace.notices import operations as notices
from marketplace.notices import texts
from marketplace.objections import queries as objections
from marketplace.objections import standstill
from marketplace.payments import scorecard, timeline
from marketplace.questions import queries as questions
from marketplace.receivables import queries as receivables
from marketplace.rules import set_aside
from marketplace.rules.feedback import MatchEventKind, Side
from marketplace.rules.lifecycle import ContractStatus, DemandStatus
from marketplace.suggestions import beside, feedback
from marketplace.tendering import queries as tendering

PER_PAGE = 50
MOST_TYPED = 100
NEWEST_NOTICES = 5
BONDS_AHEAD = dt.timedelta(days=30)


@dataclass(frozen=True)
class Paging:
    """The links under a list."""

    prev_url: str | None
    next_url: str | None


@pages.get("/buyer")
@security.require(Role.BUYER)
def desk() -> Page:
    """The buyer's demands and projects by what has to be done next."""
    now, actor = clock.utc_now(), security.actor()
    with reading() as session:
        demands = views.desk_of(queries.of_buyer(session, actor.organisation_id), now=now)
        waiting = [contract for contract in contracts.of_party(session, actor.organisation_id)
                   if contract.status == ContractStatus.PENDING and contract.buyer_confirmed_at is None
                   and standstill.hold_of(session, contract.demand_id, today=clock.legal_day(now)) is None]
        counted = {demand.id: tendering.bid_count(session, demand) for demand in demands.bidding + demands.to_open}
        told = notices.inbox(session, actor.organisation_id, limit=NEWEST_NOTICES)
        today = clock.legal_day(now)
        return render_template(
            "demand/desk.html", desk=demands, scoring=scoring.tasks_of(session, actor), contracts=waiting, bids=counted,
            owed=timeline.of_buyer(session, actor.organisation_id, as_of=today), today=today,
            objections=objections.waiting_for(session, actor.organisation_id),
            receivables=receivables.waiting_for(session, actor.organisation_id),
            bonds=bonds.waiting_for(session, actor.organisation_id, by=today + BONDS_AHEAD),
            projects=queries.projects_of(session, actor.organisation_id),
            unfinished=saving.of_buyer(session, actor.organisation_id),
            unanswered=questions.waiting(session, today=today, now=now, buyer_id=actor.organisation_id),
            returned=review.returned_to(session, actor.organisation_id),
            notices=[(notice, texts.sentence(notice)) for notice in told])


@pages.get("/demands")
@security.public
def board() -> Page:
    """The public list by month, with search and filters."""
    now, args = clock.utc_now(), request.args
    asked = {name: args.get(name, "").replace("\x00", "").strip()[:MOST_TYPED] for name in ("q", "industry", "region")}
    flags = {name: args.get(name) == "1" for name in ("micro", "set_aside", "remote", "closed")}
    after, viewer = args.get("after", ""), security.current_user or None
    with reading() as session:
        found = queries.board(
            session, now=now, text=asked["q"], industry=asked["industry"], region=asked["region"],
            set_aside=True if flags["set_aside"] else None, remote=True if flags["remote"] else None,
            micro=flags["micro"], closed=flags["closed"], limit=PER_PAGE + 1,
            after=int(after) if after.isdecimal() and len(after) < 10 else 0)
        shown = found[:PER_PAGE]
        kept = {name: value for name, value in asked.items() if value} | {
            name: "1" for name, ticked in flags.items() if ticked}
        paging = Paging(
            url_for("demand.board", **kept) if after else None,
            url_for("demand.board", **kept, after=shown[-1].id) if len(found) > PER_PAGE else None)
        return render_template(
            "demand/board.html", months=views.by_month(shown), asked=asked, flags=flags, filtered=bool(kept),
            micro=views.micro_of(shown, today=clock.legal_day(now)), page=paging,
            industries=queries.industries(session), active=queries.active_count(session, now=now),
            turns={demand.id: views.turn_of(demand, viewer=viewer, now=now) for demand in shown},
            cards=scorecard.of_buyers(session, {demand.buyer_id for demand in shown}, today=clock.legal_day(now)))


@pages.get("/demands/<code>")
@security.public
def show(code: str) -> Page:
    """One demand: who pays and when first, then what is wanted."""
    now, viewer = clock.utc_now(), security.current_user or None
    with reading() as session:
        demand = queries.visible_to(session, code, actor=viewer)
        own = viewer is not None and viewer.organisation_id == demand.buyer_id
        founder_id = viewer.organisation_id if viewer is not None and viewer.role == Role.FOUNDER else None
        draft = own and demand.status == DemandStatus.PLANNING
        opened = beside.opened_by(session, demand, viewer, now=now)
        page = render_template(
            "demand/show.html", demand=demand, own=own, turn=views.turn_of(demand, viewer=viewer, now=now),
            bids=tendering.bid_count_for(session, demand, viewer, now=now), siblings=queries.siblings(session, demand),
            my_bid=tendering.bid_of(session, demand, founder_id) if founder_id else None,
            evaluating=evaluating.links(session, demand, viewer),
            award=tendering.award_of(session, demand), award_fell=bool(tendering.revoked_awards(session, demand)),
            problems=operations.publication_problems(demand, now=now) if draft else [],
            flag=guard.flag_of(session, guard.subject_of(demand)) if own or _is_operator(viewer) else None,
            enquiries=questions.board(session, demand, viewer, now=now),
            **_review_of(session, demand, own), **_changes_of(session, demand, viewer),
            release=reserves.release_of(session, demand),
            may_release=own and reserves.may_release(session, demand, now=now),
            needed=set_aside.needed_bidders(clock.legal_day(now)),
            findings=linting.findings(demand) if draft or _is_operator(viewer) else [],
            about=beside.of_demand(session, demand, now=now),
            scorecard=scorecard.of_buyer(session, demand.buyer_id, as_of=clock.legal_day(now)))
    if opened:
        with transaction() as session:
            feedback.note_seen(session, opened, Side.FOUNDER, MatchEventKind.VIEWED, person=security.actor(), now=now)
    return page


def _review_of(session: Session, demand: Demand, own: bool) -> dict[str, Any]:
    """The buyer's own submissions, the last first, and the day by which the operator answers a waiting one."""
    found = review.history(session, demand) if own else []
    return {"reviews": found, "answer_by": review.answer_by(found[0]) if found else None}


def _changes_of(session: Session, demand: Demand, viewer: User | None) -> dict[str, Any]:
    """What was changed after publication, the newest first, and every move of the deadline, the first first."""
    return {"addenda": [(one, fields.changes(one.fields)) for one in addenda.of_demand(session, demand)],
            "moves": deadlines.changes(session, demand),
            "follows": viewer is not None and following.follows(session, demand, viewer.organisation_id)}


def _is_operator(viewer: User | None) -> bool:
    return viewer is not None and viewer.role == Role.OPERATOR
