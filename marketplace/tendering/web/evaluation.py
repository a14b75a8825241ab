"""The buyer's evaluation: opened bids side by side, scores, ranking, award."""
from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.contracts import operations as contracts
from marketplace.contracts import queries as contract_queries
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.evaluation import blind, prices
from marketplace.evaluation import queries as rounds
from marketplace.evaluation.texts import bidder
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.rules.errors import NotFound, RuleViolation
from marketplace.rules.evaluation import CriterionKind, lowest_price, price_points
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.rules.panel import RoundStatus
from marketplace.tendering import evaluation as scoring
from marketplace.tendering import forms, operations, queries
from marketplace.tendering.models import Bid
from marketplace.tendering.schemas import AwardSchema, NoneSuitableSchema, ScoresSchema
from marketplace.tendering.web.pages import Page, pages

BID = "/demands/<code>/evaluation/<int(max=2147483647):bid_id>"


@pages.get("/demands/<code>/evaluation")
@security.require(Role.BUYER)
def evaluation(code: str) -> Page:
    """The bids, the formula worked, the ranking once every bid is scored."""
    return _evaluation_page(code, FormState())


def _evaluation_page(code: str, form: FormState) -> Page:
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        if demand.opened_at is None:
            return redirect(url_for("tendering.opening" if demand.published_at else "demand.show", code=code), 303)
        opened = queries.opened_bids(session, demand)
        award = queries.award_of(session, demand)
        of, hidden = rounds.standing(session, demand), rounds.names_hidden(session, demand)
        place = blind.numbers(session, demand, reader=blind.reader_of(of, security.actor()), within=of)
        criteria, taking = scoring.criteria_of(demand), [scoring.as_rule(one) for one in opened]
        shown = [_shown(demand, one, lowest=lowest_price(criteria, taking) or 0, hidden=hidden, number=place[one.id])
                 for one in opened]
        return render_template(
            "tendering/evaluation.html", demand=demand, form=form, award=award, round=of, hidden=hidden,
            ranked=_ranked(demand, opened, shown) if of is None or of.status == RoundStatus.CLOSED else [],
            bids=sorted(shown, key=lambda one: one["number"]) if hidden else shown,
            unread=queries.sealed_bids(session, demand), quality=rounds.quality(demand),
            bidders=blind.bidder_names(session, demand), low=prices.look(demand, opened),
            asked=rounds.explanations(session, demand), tasks=_tasks(session, demand),
            price=next((c for c in demand.criteria if c.kind == CriterionKind.PRICE), None),
            lowest=lowest_price(criteria, taking), status=DemandStatus(demand.status),
            scores=lambda one: one["form"] if form.value("bid") != one["bid"].id else form,
            contract=_contract(session, demand) if award else None,
            by_id={one.id: one for one in opened})


def _refused(code: str, form: FormState, violation: RuleViolation) -> Page:
    """The page with what was refused; where it leads elsewhere it just leads there."""
    page = _evaluation_page(code, form)
    return (page, violation.status) if isinstance(page, str) else page


def _tasks(session: Session, demand: Demand) -> bool:
    """Whether the reader is to score this demand as one of a panel."""
    return any(one.round.demand_id == demand.id for one in rounds.tasks_of(session, security.actor()))


def _ranked(demand: Demand, opened: list[Bid], shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ranking with what each line is about; empty until every bid is scored."""
    if not opened or not scoring.fully_scored(demand, opened):
        return []
    by_id = {one["bid"].id: one for one in shown}
    return [{"bid": by_id[row.bid.key]["bid"], "name": by_id[row.bid.key]["name"], "row": row}
            for row in scoring.ranking(demand, opened)]


def _shown(demand: Demand, one: Bid, *, lowest: int, hidden: bool, number: int) -> dict[str, Any]:
    """A bid as the page shows it, its scores filled in; under a number alone while names are hidden."""
    values = {f"bid{one.id}.points.{score.criterion_id}": score.points for score in one.scores}
    values |= {f"bid{one.id}.comments.{score.criterion_id}": score.comment for score in one.scores}
    return {"bid": one, "status": BidStatus(one.status), "price_points": price_points(one.price_fen, lowest),
            "form": FormState(values), "scored": scoring.fully_scored(demand, [one]), "number": number,
            "name": bidder(number) if hidden else one.founder.name,
            "sheet": blind.sheet_of(one, number) if hidden else one,
            "longest": max(part["days"] for part in one.milestones)}


def _contract(session: Session, demand: Demand) -> str | None:
    found = contract_queries.of_demand(session, demand.id)
    return found.number if found else None


@pages.post(BID)
@security.require(Role.BUYER)
def score(code: str, bid_id: int) -> Page:
    """Keep the scores of one bid; some criteria may be left for later."""
    given, names = forms.scores(request.form, bid_id)
    try:
        said = parse(ScoresSchema(), {"scores": given})["scores"]
        with transaction() as session:
            operations.score_bid(
                session, demands.for_buyer(session, code, actor=security.actor()), bid_id=bid_id,
                points={row["criterion_id"]: row["points"] for row in said},
                comments={row["criterion_id"]: row["comment"] for row in said}, actor=security.actor(),
                now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form = FormState({**request.form, "bid": bid_id})
        form.add(forms.renamed(violation, names))
        return _refused(code, form, violation)
    flash(t("tendering.evaluation.scored_flash"), "success")
    return redirect(url_for("tendering.evaluation", code=code, _anchor=f"bid-{bid_id}"), 303)


@pages.post("/demands/<code>/award")
@security.require(Role.BUYER)
def award(code: str) -> Page:
    """Award, and draft the contract in the same transaction."""
    form = FormState(request.form)
    try:
        said = parse(AwardSchema(), flat(request.form))
        with transaction() as session:
            demand = demands.for_buyer(session, code, actor=security.actor())
            contract = contracts.award_and_draft(session, demand, bid_id=said["bid_id"], reason=said["reason"],
                                                 actor=security.actor(), now=clock.utc_now())
            number = contract.number
    except NotFound:
        raise
    except RuleViolation as violation:
        form.add(violation)
        return _refused(code, form, violation)
    flash(t("tendering.evaluation.awarded_flash"), "success")
    return redirect(url_for("contracts.show", number=number), 303)


@pages.post("/demands/<code>/none-suitable")
@security.require(Role.BUYER)
def none_suitable(code: str) -> Page:
    """End the evaluation without an award."""
    form = FormState({"none_reason": request.form.get("none_reason", "")})
    try:
        said = parse(NoneSuitableSchema(), {"reason": form.value("none_reason")})
        with transaction() as session:
            demand = demands.for_buyer(session, code, actor=security.actor())
            operations.none_suitable(session, demand, reason=said["reason"], actor=security.actor(),
                                     now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form.add(forms.renamed(violation, {"reason": "none_reason"}))
        return _refused(code, form, violation)
    flash(t("tendering.evaluation.none_suitable_flash"), "success")
    return redirect(url_for("tendering.evaluation", code=code), 303)
