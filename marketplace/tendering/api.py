"""Bids, openings, scores and awards, for programs."""
from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once, idempotency_key
from marketplace.contracts import operations as contracts
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.openapi import repeatable
from marketplace.rules.errors import NotFound, Problem, Problems, WrongState
from marketplace.tendering import evaluation, operations, queries
from marketplace.tendering.bids import BidForm
from marketplace.tendering.models import Bid
from marketplace.tendering.operations import Receipt
from marketplace.tendering.schemas import (
    AwardedSchema,
    AwardSchema,
    BidSchema,
    ClosedSchema,
    NoneSuitableSchema,
    OpenedBidSchema,
    OpeningSchema,
    OpeningStateSchema,
    OwnBidSchema,
    ReceiptSchema,
    ScoresSchema,
)

blp = Blueprint("api-tendering", __name__, url_prefix="/api/v1/demands",
                description="Sealed bids (a founder's own), the opening, and the buyer's evaluation and award.")
BID = "/<code>/bids/<int(max=2147483647):bid_id>"


@blp.post("/<code>/bid")
@blp.arguments(BidSchema)
@blp.response(201, ReceiptSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_bid(form: BidForm, code: str) -> Receipt:
    """Seal a bid; it replaces your earlier one. Keep `text`: the platform does not.

    With an Idempotency-Key send your own `nonce`; the same key and bid again give the same receipt.
    """
    key = idempotency_key() or None
    if key and form.nonce is None:
        raise Problems([Problem("nonce", "bid.nonce_needed")])
    # The answer holds the bid in plain text, so it is not kept as answers to idempotent requests usually are.
    with transaction() as session:
        return operations.submit_bid(session, demands.by_code(session, code), form, actor=security.actor(),
                                     now=clock.utc_now(), idempotency_key=key)


@blp.get("/<code>/bid")
@blp.response(200, OwnBidSchema)
@security.require(Role.FOUNDER)
def get_bid(code: str) -> dict[str, Any]:
    """Your newest bid on this demand: sealed until the opening, with your own result after the award."""
    with reading() as session:
        own = queries.latest_of(session, demands.by_code(session, code), security.actor().organisation_id)
        if own is None:
            raise NotFound("bid.none_yours", code=code)
        return _own(session, own)


def _own(session: Session, bid: Bid) -> dict[str, Any]:
    fields = {name: getattr(bid, name) for name in (
        "id", "version", "status", "commitment", "received_at", "withdrawn_at", "opened_at", "opening_problem",
        "price_fen", "plan", "milestones", "disclosures")}
    return fields | {"result": queries.result_of(session, bid)}


@blp.delete("/<code>/bid")
@blp.response(200, OwnBidSchema)
@security.require(Role.FOUNDER)
def delete_bid(code: str) -> dict[str, Any]:
    """Withdraw your bid, until the deadline only."""
    with transaction() as session:
        bid = operations.withdraw_bid(session, demands.by_code(session, code), actor=security.actor(),
                                      now=clock.utc_now())
        return _own(session, bid)


@blp.get("/<code>/bids")
@blp.response(200, OpenedBidSchema(many=True))
@security.require(Role.BUYER)
def get_bids(code: str) -> list[dict[str, Any]]:
    """The opened bids of your demand, best first once every bid is scored. 409 before the opening."""
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        if demand.opened_at is None:
            raise WrongState("bid.not_opened", code=code)
        return _opened(demand, queries.opened_bids(session, demand))


def _opened(demand: Demand, opened: list[Bid]) -> list[dict[str, Any]]:
    by_id = {bid.id: bid for bid in opened}
    ranked = [evaluation.frozen(row, by_id) for row in evaluation.ranking(demand, opened)] if (
        opened and evaluation.fully_scored(demand, opened)) else []
    results = {row["bid_id"]: {**row, "bids": len(ranked)} for row in ranked}
    order = [by_id[row["bid_id"]] for row in ranked] or opened
    return [{name: getattr(bid, name) for name in (
        "id", "version", "status", "commitment", "received_at", "opened_at", "price_fen", "plan", "milestones",
        "disclosures", "founder", "scores")} | {"result": results.get(bid.id)} for bid in order]


@blp.get("/<code>/openings")
@blp.response(200, OpeningStateSchema)
@security.require()
def get_openings(code: str) -> dict[str, Any]:
    """Who has given a share of the key, and when."""
    with reading() as session:
        return _state(session, demands.by_code(session, code))


def _state(session: Session, demand: Demand) -> dict[str, Any]:
    return {"status": demand.status, "bid_deadline": demand.bid_deadline, "opened_at": demand.opened_at,
            "contributions": queries.contributions(session, demand)}


@blp.post("/<code>/openings")
@blp.arguments(OpeningSchema)
@blp.response(201, OpeningStateSchema)
@security.require(Role.BUYER, Role.OPERATOR)
def post_opening(said: dict[str, str], code: str) -> dict[str, Any]:
    """Give a share; the second one opens every bid. Five wrong tries within 15 minutes lead to a pause (429)."""
    now, actor = clock.utc_now(), security.actor()
    with transaction() as session:
        operations.register_attempt(session, demands.by_code(session, code), holder=said["holder"], actor=actor,
                                    now=now)
    with transaction() as session:
        demand = demands.by_code(session, code)
        operations.contribute_share(session, demand, actor=actor, now=now, **said)
        return _state(session, demand)


@blp.put(f"{BID}/scores")
@blp.arguments(ScoresSchema)
@blp.response(200, OpenedBidSchema(many=True))
@security.require(Role.BUYER)
def put_scores(said: dict[str, Any], code: str, bid_id: int) -> list[dict[str, Any]]:
    """Score one bid; criteria left out keep their points. The answer is every bid, as GET bids gives it."""
    with transaction() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        operations.score_bid(
            session, demand, bid_id=bid_id, actor=security.actor(), now=clock.utc_now(),
            points={row["criterion_id"]: row["points"] for row in said["scores"]},
            comments={row["criterion_id"]: row["comment"] for row in said["scores"]})
        session.flush()
        return _opened(demand, queries.opened_bids(session, demand))


@blp.post("/<code>/award")
@blp.arguments(AwardSchema)
@blp.response(201, AwardedSchema)
@repeatable
@security.require(Role.BUYER)
def post_award(said: dict[str, Any], code: str) -> Any:
    """Award to a bid and draft the contract. Every bid must be scored."""
    def make(session: Session) -> dict[str, Any]:
        demand = demands.for_buyer(session, code, actor=security.actor())
        contract = contracts.award_and_draft(session, demand, actor=security.actor(), now=clock.utc_now(), **said)
        award = queries.award_of(session, demand)
        return {"bid_id": award.bid_id, "contract_number": contract.number, "ranking": award.ranking}

    return create_once(AwardedSchema(), make)


@blp.post("/<code>/none-suitable")
@blp.arguments(NoneSuitableSchema)
@blp.response(201, ClosedSchema)
@repeatable
@security.require(Role.BUYER)
def post_none_suitable(said: dict[str, str], code: str) -> Any:
    """End the evaluation without an award."""
    return create_once(ClosedSchema(), lambda session: operations.none_suitable(
        session, demands.for_buyer(session, code, actor=security.actor()), reason=said["reason"],
        actor=security.actor(), now=clock.utc_now()))
