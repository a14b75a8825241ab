"""Bids, openings, scores and awards, for programs."""
from __future__ import annotations

import base64
import binascii
import io
from typing import Any

from flask import Response, current_app, request, send_file
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from marketplace import clock, jobs, security, uploads
from marketplace.accounts.models import Role
from marketplace.api import create_once, idempotency_key
from marketplace.contracts import operations as contracts
from marketplace.db import lock, reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.evaluation import blind
from marketplace.evaluation import queries as rounds
from marketplace.integrity import declarations, traces
from marketplace.openapi import repeatable
from marketplace.rules.attachments import ENDINGS, MIB, MOST_BYTES
from marketplace.rules.errors import NotFound, Problem, Problems, WrongState
from marketplace.rules.panel import RoundStatus
from marketplace.tendering import attachments, evaluation, opening_log, operations, queries, teams
from marketplace.tendering.attachments import Attachment
from marketplace.tendering.bids import BidForm
from marketplace.tendering.models import Bid
from marketplace.tendering.operations import Receipt
from marketplace.tendering.schemas import (
    AttachmentSchema,
    AwardedSchema,
    AwardSchema,
    BidFileSchema,
    ClosedSchema,
    DeclaredBidSchema,
    JointTeamSchema,
    NoneSuitableSchema,
    OpenedBidSchema,
    OpeningLogSchema,
    OpeningSchema,
    OpeningStateSchema,
    OwnBidSchema,
    ReceiptSchema,
    ScoresSchema,
    TeamAnswerSchema,
    TeamStateSchema,
)

blp = Blueprint("api-tendering", __name__, url_prefix="/api/v1/demands",
                description="Sealed bids (a founder's own), the opening, and the buyer's evaluation and award.")
MOST_FILE_REQUEST = MOST_BYTES[-1].value * 4 // 3 + MIB  # in base64
BID = "/<code>/bids/<int(max=2147483647):bid_id>"


@blp.post("/<code>/bid")
@blp.arguments(DeclaredBidSchema)
@blp.response(201, ReceiptSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_bid(said: tuple[BidForm, dict[str, Any]], code: str) -> Receipt:
    """Seal a bid; it replaces your earlier one. Keep `text`: the platform does not.

    With an Idempotency-Key send your own `nonce`; the same key and bid again give the same receipt.
    """
    form, declared = said
    now = clock.utc_now()  # before any lock is waited for: a bid is received when its last byte is
    key = idempotency_key() or None
    if key and form.nonce is None:
        raise Problems([Problem("nonce", "bid.nonce_needed")])
    # The answer holds the bid in plain text, so it is not kept as answers to idempotent requests usually are.
    with transaction() as session:
        demand = lock(session, Demand, demands.by_code(session, code).id)  # before anything is written, as on the page
        declarations.with_bid(session, demand, **declared, actor=security.actor(), now=now)
        receipt = operations.submit_bid(session, demand, form, actor=security.actor(), now=now, idempotency_key=key)
        traces.keep(session, receipt.bid_id, demand_code=code, address=request.remote_addr,
                    agent=request.user_agent.string, secret=str(current_app.secret_key))
        return receipt


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
        "price_fen", "plan", "milestones", "disclosures", "team", "attachments")}
    return fields | {"id": bid.id if bid.opened_at else None, "result": queries.result_of(session, bid)}


@blp.delete("/<code>/bid")
@blp.response(200, OwnBidSchema)
@security.require(Role.FOUNDER)
def delete_bid(code: str) -> dict[str, Any]:
    """Withdraw your bid, until the deadline only."""
    now = clock.utc_now()
    with transaction() as session:
        bid = operations.withdraw_bid(session, demands.by_code(session, code), actor=security.actor(), now=now)
        return _own(session, bid)


@blp.get("/<code>/bids")
@blp.response(200, OpenedBidSchema(many=True))
@security.require(Role.BUYER)
def get_bids(code: str) -> list[dict[str, Any]]:
    """The opened bids of your demand, best first once every bid is scored. 409 before the opening.

    Until the scoring is closed (POST consensus) `founder` is null and names in the texts are hidden.
    """
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        if demand.opened_at is None:
            raise WrongState("bid.not_opened", code=code)
        return _opened(session, demand)


def _opened(session: Session, demand: Demand) -> list[dict[str, Any]]:
    opened, of = queries.opened_bids(session, demand), rounds.standing(session, demand)
    by_id = {bid.id: bid for bid in opened}
    ranked = [evaluation.frozen(row, by_id) for row in evaluation.ranking(demand, opened)] if (
        opened and evaluation.fully_scored(demand, opened)
        and (of is None or of.status == RoundStatus.CLOSED)) else []
    hide = blind.without_bidder if rounds.names_hidden(session, demand) else dict
    results = {row["bid_id"]: {**row, "bids": len(ranked)} for row in ranked}
    order = [by_id[row["bid_id"]] for row in ranked] or opened
    return [hide({name: getattr(bid, name) for name in (
        "id", "version", "status", "commitment", "received_at", "opened_at", "price_fen", "plan", "milestones",
        "disclosures", "team", "attachments", "founder", "scores")}) | {"result": results.get(bid.id)} for bid in order]


@blp.post("/<code>/bid/attachments")
@uploads.takes(MOST_FILE_REQUEST)
@blp.arguments(BidFileSchema)
@blp.response(201, AttachmentSchema)
@security.require(Role.FOUNDER)
def post_attachment(said: dict[str, str], code: str) -> Attachment:
    """Hand in a file for a bid still to come: PDF, PNG, JPEG, DOCX, XLSX, TXT or MD by its content, at most 10 MiB.

    Put the answer into the bid's `attachments` as it stands: five files and 25 MiB together at most. `sha256` is the
    file's own, as sha256sum prints it. The platform keeps neither the name nor the key.
    """
    try:
        data = base64.b64decode(said["content"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problems([Problem("content", "attachment.not_base64")]) from error
    with transaction() as session:
        demand = demands.by_code(session, code)
        operations.check_eligible(session, demand, actor=security.actor())
        return attachments.store(session, demand, said["name"], data, files=uploads.attachment_files(),
                                 actor=security.actor(), now=clock.utc_now())


@blp.get(f"{BID}/attachments/<int(max=99):place>")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@security.require()
def get_attachment(code: str, bid_id: int, place: int) -> Response:
    """A file of an opened bid by its place in `attachments`, from 1; for its buyer, its founder and the operator.

    The buyer gets it without its name until the scoring is closed.
    """
    actor = security.actor()
    with reading() as session:
        demand = demands.by_code(session, code)
        found, data = attachments.read(session, demand, bid_id, place, files=uploads.attachment_files(), actor=actor)
        hidden = actor.organisation_id == demand.buyer_id and rounds.names_hidden(session, demand)
    name = f"attachment-{place}.{ENDINGS[found.media_type][0]}" if hidden else found.name
    return send_file(io.BytesIO(data), found.media_type, as_attachment=True, download_name=name)


@blp.get("/<code>/team")
@blp.response(200, TeamStateSchema)
@security.require(Role.FOUNDER)
def get_team(code: str) -> dict[str, Any]:
    """The team you lead for this demand, and what others ask of you for it."""
    with reading() as session:
        return _team(session, demands.by_code(session, code))


def _team(session: Session, demand: Demand) -> dict[str, Any]:
    own = security.actor().organisation_id
    team = teams.standing(session, demand, own)
    return {"members": team.members if team else [], "invitations": teams.invitations(session, own, demand)}


@blp.put("/<code>/team")
@blp.arguments(JointTeamSchema)
@blp.response(200, TeamStateSchema)
@security.require(Role.FOUNDER)
def put_team(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Write down the whole team for a joint bid; whoever is new or whose role or share changed is asked."""
    with transaction() as session:
        demand = demands.by_code(session, code)
        teams.propose(session, demand, said["lead"], said["members"], actor=security.actor(), now=clock.utc_now())
        return _team(session, demand)


@blp.delete("/<code>/team")
@blp.response(200, TeamStateSchema)
@security.require(Role.FOUNDER)
def delete_team(code: str) -> dict[str, Any]:
    """Give the team up, as long as no bid of it lies sealed."""
    with transaction() as session:
        demand = demands.by_code(session, code)
        teams.dissolve(session, demand, actor=security.actor(), now=clock.utc_now())
        return _team(session, demand)


@blp.post("/<code>/team/answers")
@blp.arguments(TeamAnswerSchema)
@blp.response(201, TeamStateSchema)
@security.require(Role.FOUNDER)
def post_team_answer(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Confirm or decline the role and share that a team's lead wrote down for you."""
    with transaction() as session:
        demand = demands.by_code(session, code)
        teams.answer(session, demand, said["team_id"], confirm=said["confirm"], actor=security.actor(),
                     now=clock.utc_now())
        return _team(session, demand)


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


@blp.get("/<code>/openings/log")
@blp.response(200, OpeningLogSchema)
@security.public
def get_opening_log(code: str) -> opening_log.Log | dict[str, Any]:
    """The public log of the opening, bid by bid and without names. Empty before the opening."""
    with reading() as session:
        return opening_log.of(session, demands.by_code(session, code)) or {"opened_at": None, "lines": []}


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
        state = _state(session, demand)
    if demand.opened_at is not None:
        jobs.enqueue("compare_bids")
    return state


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
        return _opened(session, demand)


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
