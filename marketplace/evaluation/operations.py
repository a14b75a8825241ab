"""What others need of the evaluation: may a demand be decided, and are closed scores still as they were agreed."""
from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.demand.models import Demand
from marketplace.evaluation import prices, queries
from marketplace.evaluation.consensus import change, close, reopen
from marketplace.evaluation.models import EvaluationRound
from marketplace.evaluation.panel import declare, name, remove
from marketplace.evaluation.scoring import save, submit
from marketplace.rules import panel
from marketplace.rules.errors import WrongState
from marketplace.rules.panel import RoundStatus
from marketplace.tendering import queries as tendering

__all__ = ["altered", "change", "close", "declare", "name", "remove", "reopen", "require_consensus", "save", "submit"]


def require_consensus(session: Session, demand: Demand) -> None:
    """A demand is awarded only with closed scores where a panel was named, and with every clearly low price explained.

    Raises WrongState: evaluation.consensus_missing, evaluation.price_unasked, evaluation.price_open,
    evaluation.scores_altered.
    """
    of = queries.standing(session, demand)
    if of is not None and of.status != RoundStatus.CLOSED:
        raise WrongState("evaluation.consensus_missing", code=demand.code)
    prices.require_settled(session, demand)
    if of is not None and _altered(session, of):
        raise WrongState("evaluation.scores_altered", code=demand.code)


def altered(session: Session) -> list[EvaluationRound]:
    """The closed rounds whose scores, or agreed points, are no longer those they were closed with."""
    query = select(EvaluationRound).filter_by(status=RoundStatus.CLOSED).order_by(EvaluationRound.id)
    return [of for of in session.scalars(query) if _altered(session, of)]


def _altered(session: Session, of: EvaluationRound) -> bool:
    agreed = [(one.bid_id, one.criterion_id, one.points) for one in of.points]
    keys = {row[:2] for row in agreed}
    scores = [(bid.id, score.criterion_id, score.points) for bid in tendering.opened_bids(session, of.demand)
              for score in bid.scores if (bid.id, score.criterion_id) in keys]
    return panel.points_hash(agreed) != of.points_hash or panel.points_hash(scores) != of.points_hash
