"""The buyer's desk, the public list, and the page of one demand."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role, User
from marketplace.bonds import queries as bonds
from marketplace.contracts import queries as contracts
from marketplace.db import reading, transaction
from marketplace.demand import guard, linting, operations, queries, reserves, views
from marketplace.demand.web.pages import Page, pages
from marketplace.notices import operations as notices
from marketplace.notices import texts
from marketplace.payments import scorecard, timeline
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
                   if contract.status == ContractStatus.PENDING and contract.buyer_confirmed_at is None]
        counted = {demand.id: tendering.bid_count(session, demand) for demand in demands.bidding + demands.to_open}
        told = notices.inbox(session, actor.organisation_id, limit=NEWEST_NOTICES)
        today = clock.legal_day(now)
        return render_template(
            "demand/desk.html", desk=demands, contracts=waiting, bids=counted,
            owed=timeline.of_buyer(session, actor.organisation_id, as_of=today), today=today,
            receivables=receivables.waiting_for(session, actor.organisation_id),
            bonds=bonds.waiting_for(session, actor.organisation_id, by=today + BONDS_AHEAD),
            projects=queries.projects_of(session, actor.organisation_id),
            notices=[(notice, texts.sentence(notice)) for notice in told])


@pages.get("/demands")
@security.public
def board() -> Page:
    """The public list by month, with search and filters."""
    now, args = clock.utc_now(), request.args
    asked = {name: args.get(name, "").replace("\x00", "").strip()[:MOST_TYPED] for name in ("q", "industry", "region")}
    flags = {name: args.get(name) == "1" for name in ("set_aside", "remote", "closed")}
    after, viewer = args.get("after", ""), security.current_user or None
    with reading() as session:
        found = queries.board(
            session, now=now, text=asked["q"], industry=asked["industry"], region=asked["region"],
            set_aside=True if flags["set_aside"] else None, remote=True if flags["remote"] else None,
            closed=flags["closed"], after=int(after) if after.isdecimal() and len(after) < 10 else 0,
            limit=PER_PAGE + 1)
        shown = found[:PER_PAGE]
        kept = {name: value for name, value in asked.items() if value} | {
            name: "1" for name, ticked in flags.items() if ticked}
        paging = Paging(
            url_for("demand.board", **kept) if after else None,
            url_for("demand.board", **kept, after=shown[-1].id) if len(found) > PER_PAGE else None)
        return render_template(
            "demand/board.html", months=views.by_month(shown), asked=asked, flags=flags, filtered=bool(kept),
            industries=queries.industries(session), active=queries.active_count(session, now=now), page=paging,
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
            award=tendering.award_of(session, demand),
            problems=operations.publication_problems(demand, now=now) if draft else [],
            flag=guard.flag_of(session, guard.subject_of(demand)) if own or _is_operator(viewer) else None,
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


def _is_operator(viewer: User | None) -> bool:
    return viewer is not None and viewer.role == Role.OPERATOR
