"""Panels, blind scoring, consensus and price explanations, for programs."""
from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.evaluation import blind, consensus, operations, prices, queries
from marketplace.evaluation.models import EvaluationRound, Evaluator, PriceExplanation
from marketplace.evaluation.schemas import (
    ChangeSchema,
    ConsensusOut,
    EvaluatorDeclarationSchema,
    ExplanationOut,
    LowPriceOut,
    NamesSchema,
    OwnScoringOut,
    PanelOut,
    PriceAnswerSchema,
    PriceDecisionSchema,
    ScoringClosingSchema,
)
from marketplace.openapi import repeatable
from marketplace.rules.errors import NotFound
from marketplace.rules.panel import EvaluatorStatus
from marketplace.tendering import queries as bids
from marketplace.tendering.schemas import ScoresSchema

blp = Blueprint("api-evaluation", __name__, url_prefix="/api/v1/demands",
                description="Evaluation by a panel: blind points, consensus, and clearly low prices.")
BID = "/<code>/scoring/bids/<int(max=2147483647):bid_id>"
PRICE = "/<code>/prices/<int(max=2147483647):bid_id>"


def _own(session: Session, code: str) -> Demand:
    return demands.for_buyer(session, code, actor=security.actor())


def _panel(session: Session, demand: Demand) -> dict[str, Any]:
    of = queries.standing(session, demand)
    people = [{"id": one.id, "email": one.user.email, "name": one.user.display_name, "status": one.status,
               "declaration": one.declaration, "submitted_at": one.submitted_at} for one in of.evaluators] if of else []
    return {"demand": demand.code, "round": of.number if of else None, "status": of.status if of else None,
            "evaluators": people, "names_hidden": queries.names_hidden(session, demand)}


@blp.get("/<code>/panel")
@blp.response(200, PanelOut)
@security.require(Role.BUYER)
def get_panel(code: str) -> dict[str, Any]:
    """The panel of your demand and how far each evaluator is; `round` is null where nobody was named."""
    with reading() as session:
        return _panel(session, _own(session, code))


@blp.post("/<code>/panel")
@blp.arguments(NamesSchema)
@blp.response(201, PanelOut)
@repeatable
@security.require(Role.BUYER)
def post_panel(said: dict[str, Any], code: str) -> Any:
    """Name evaluators by the addresses of their accounts; the first naming begins a round."""
    def make(session: Session) -> dict[str, Any]:
        demand = _own(session, code)
        operations.name(session, demand, said["emails"], actor=security.actor(), now=clock.utc_now())
        return _panel(session, demand)

    return create_once(PanelOut(), make)


@blp.delete("/<code>/panel/<int(max=2147483647):evaluator_id>")
@blp.response(200, PanelOut)
@security.require(Role.BUYER)
def delete_evaluator(code: str, evaluator_id: int) -> dict[str, Any]:
    """Take back a naming, until the person has submitted."""
    with transaction() as session:
        demand = _own(session, code)
        operations.remove(session, demand, evaluator_id, actor=security.actor(), now=clock.utc_now())
        return _panel(session, demand)


def _scoring(session: Session, demand: Demand, mine: Evaluator) -> dict[str, Any]:
    declared = mine.status in (EvaluatorStatus.DECLARED, EvaluatorStatus.SUBMITTED)
    sheets = blind.sheets(session, demand, reader=mine.id, within=mine.round) if declared else []
    return {"demand": demand.code, "status": mine.status, "bidders": blind.bidder_names(session, demand),
            "bids": [{**vars(sheet), "scores": [one for one in mine.points if one.bid_id == sheet.id]}
                     for sheet in sheets]}


@blp.get("/<code>/scoring")
@blp.response(200, OwnScoringOut)
@security.require()
def get_scoring(code: str) -> dict[str, Any]:
    """What you, as an evaluator, read and have given. Bids are numbered in an order of your own; 404 for others."""
    with reading() as session:
        demand = demands.by_code(session, code)
        return _scoring(session, demand, queries.evaluator_of(session, demand, security.actor()))


@blp.post("/<code>/scoring/declaration")
@blp.arguments(EvaluatorDeclarationSchema)
@blp.response(201, OwnScoringOut)
@repeatable
@security.require()
def post_declaration(said: dict[str, Any], code: str) -> Any:
    """Declare no interest in the bidders listed, or stand aside with the reason."""
    def make(session: Session) -> dict[str, Any]:
        demand = demands.by_code(session, code)
        mine = operations.declare(session, demand, **said, actor=security.actor(), now=clock.utc_now())
        return _scoring(session, demand, mine)

    return create_once(OwnScoringOut(), make)


@blp.put(f"{BID}/points")
@blp.arguments(ScoresSchema)
@blp.response(200, OwnScoringOut)
@security.require()
def put_points(said: dict[str, Any], code: str, bid_id: int) -> dict[str, Any]:
    """Your points for one bid; criteria left out keep theirs."""
    with transaction() as session:
        demand = demands.by_code(session, code)
        mine = operations.save(
            session, demand, bid_id, points={row["criterion_id"]: row["points"] for row in said["scores"]},
            comments={row["criterion_id"]: row["comment"] for row in said["scores"]}, actor=security.actor(),
            now=clock.utc_now())
        return _scoring(session, demand, mine)


@blp.post("/<code>/scoring/submission")
@blp.response(201, OwnScoringOut)
@repeatable
@security.require()
def post_submission(code: str) -> Any:
    """Freeze your points. Every bid needs points for every criterion."""
    def make(session: Session) -> dict[str, Any]:
        demand = demands.by_code(session, code)
        return _scoring(session, demand, operations.submit(session, demand, actor=security.actor(),
                                                           now=clock.utc_now()))

    return create_once(OwnScoringOut(), make)


def _consensus(session: Session, demand: Demand, of: EvaluationRound | None) -> dict[str, Any]:
    if of is None:
        raise NotFound("not_found", what="evaluation_round", id=demand.code)
    rows = [{"bid_id": cell.bid_id, "criterion_id": cell.criterion.id, "mean": cell.spread.mean,
             "width": cell.spread.width, "points": cell.points, "changes": cell.changes,
             "given": [{"evaluator": one.user.display_name, "points": points, "comment": comment}
                       for one, points, comment in cell.given]} for cell in consensus.cells(session, demand, of)]
    return {"demand": demand.code, "round": of.number, "status": of.status, "points_hash": of.points_hash, "rows": rows}


@blp.get("/<code>/consensus")
@blp.response(200, ConsensusOut)
@security.require(Role.BUYER)
def get_consensus(code: str) -> dict[str, Any]:
    """Everyone's points side by side; `rows` is empty until all have submitted."""
    with reading() as session:
        demand = _own(session, code)
        return _consensus(session, demand, queries.standing(session, demand))


@blp.post("/<code>/consensus/changes")
@blp.arguments(ChangeSchema)
@blp.response(201, ConsensusOut)
@repeatable
@security.require(Role.BUYER)
def post_change(said: dict[str, Any], code: str) -> Any:
    """Agree on other points for one bid and criterion, with the reason."""
    def make(session: Session) -> dict[str, Any]:
        demand = _own(session, code)
        operations.change(session, demand, **said, actor=security.actor(), now=clock.utc_now())
        session.flush()
        return _consensus(session, demand, queries.standing(session, demand))

    return create_once(ConsensusOut(), make)


@blp.post("/<code>/consensus")
@blp.arguments(ScoringClosingSchema)
@blp.response(201, ConsensusOut)
@repeatable
@security.require(Role.BUYER)
def post_consensus(said: dict[str, bool], code: str) -> Any:
    """Close the scoring: the agreed points become the scores, the bidders are named, nothing changes any more."""
    def make(session: Session) -> dict[str, Any]:
        demand = _own(session, code)
        of = operations.close(session, demand, **said, actor=security.actor(), now=clock.utc_now())
        session.flush()
        return _consensus(session, demand, of)

    return create_once(ConsensusOut(), make)


@blp.get("/<code>/prices")
@blp.response(200, LowPriceOut(many=True))
@security.require(Role.BUYER)
def get_prices(code: str) -> list[dict[str, Any]]:
    """Each opened bid's price against the others and the budget, and what was asked about it."""
    with reading() as session:
        demand = _own(session, code)
        asked = queries.explanations(session, demand)
        hidden = queries.names_hidden(session, demand)
        return [{"bid_id": bid_id, **vars(found), "explanation": _explanation(asked.get(bid_id), hidden)}
                for bid_id, found in prices.look(demand, bids.opened_bids(session, demand)).items()]


def _explanation(asked: PriceExplanation | None, hidden: bool) -> dict[str, Any] | None:
    """As its buyer reads it: while names are hidden, with the bidder's own hidden in the answer."""
    if asked is None:
        return None
    said = {name: getattr(asked, name) for name in ExplanationOut().fields}
    return said | {"answer": prices.answer_for_buyer(asked, hidden=hidden)}


@blp.post(f"{PRICE}/question")
@blp.response(201, ExplanationOut)
@repeatable
@security.require(Role.BUYER)
def post_price_question(code: str, bid_id: int) -> Any:
    """Ask a bidder to explain a clearly low price."""
    return create_once(ExplanationOut(), lambda session: prices.ask(
        session, _own(session, code), bid_id, actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{PRICE}/decision")
@blp.arguments(PriceDecisionSchema)
@blp.response(201, ExplanationOut)
@repeatable
@security.require(Role.BUYER)
def post_price_decision(said: dict[str, Any], code: str, bid_id: int) -> Any:
    """Accept the explanation, or exclude the bid."""
    def make(session: Session) -> dict[str, Any] | None:
        demand = _own(session, code)
        found = prices.decide(session, demand, bid_id, **said, actor=security.actor(), now=clock.utc_now())
        return _explanation(found, queries.names_hidden(session, demand))

    return create_once(ExplanationOut(), make)


@blp.get("/<code>/price")
@blp.response(200, ExplanationOut)
@security.require(Role.FOUNDER)
def get_price_question(code: str) -> PriceExplanation:
    """What you are asked about your own price; 404 when nothing was asked."""
    with reading() as session:
        return prices.of_bidder(session, demands.by_code(session, code), security.actor())


@blp.post("/<code>/price")
@blp.arguments(PriceAnswerSchema)
@blp.response(201, ExplanationOut)
@repeatable
@security.require(Role.FOUNDER)
def post_price_answer(said: dict[str, str], code: str) -> Any:
    """Explain your price, once and in time."""
    return create_once(ExplanationOut(), lambda session: prices.answer(
        session, demands.by_code(session, code), said["answer"], actor=security.actor(), now=clock.utc_now()))
