"""Reading rounds of scoring, who scores in them, and prices being explained."""
from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.models import User
from marketplace.demand.models import Criterion, Demand
from marketplace.evaluation.models import EvaluationRound, Evaluator, PriceExplanation
from marketplace.rules.errors import NotFound
from marketplace.rules.evaluation import CriterionKind
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.panel import EvaluatorStatus, RoundStatus
from marketplace.tendering.models import Bid

STANDING = (EvaluatorStatus.NAMED, EvaluatorStatus.DECLARED, EvaluatorStatus.SUBMITTED)


def standing(session: Session, demand: Demand) -> EvaluationRound | None:
    """The round that stands, None while nobody was named and nothing was closed."""
    query = select(EvaluationRound).where(EvaluationRound.demand_id == demand.id,
                                          EvaluationRound.status != RoundStatus.REOPENED)
    return session.scalars(query.options(selectinload(EvaluationRound.evaluators))).one_or_none()


def rounds(session: Session, demand: Demand) -> list[EvaluationRound]:
    """Every round of a demand, the first one first."""
    query = select(EvaluationRound).filter_by(demand_id=demand.id).order_by(EvaluationRound.number)
    return list(session.scalars(query))


def quality(demand: Demand) -> list[Criterion]:
    """The criteria people give points for."""
    return [one for one in demand.criteria if one.kind == CriterionKind.QUALITY]


def in_play(opened: Iterable[Bid]) -> list[Bid]:
    """The opened bids that are not excluded for their price: those that are scored."""
    return [bid for bid in opened if bid.exclusion is None]


def names_hidden(session: Session, demand: Demand) -> bool:
    """Whether who bid is still hidden from those who score: until the round is closed."""
    if demand.status != DemandStatus.EVALUATION:
        return False
    found = standing(session, demand)
    return found is None or found.status != RoundStatus.CLOSED


def evaluator_of(session: Session, demand: Demand, user: User) -> Evaluator:
    """A person's own place in the standing round. Raises NotFound("evaluation.not_evaluator")."""
    query = select(Evaluator).join(EvaluationRound).where(
        EvaluationRound.demand_id == demand.id, EvaluationRound.status != RoundStatus.REOPENED,
        Evaluator.user_id == user.id, Evaluator.status != EvaluatorStatus.REMOVED)
    found = session.scalars(query.order_by(Evaluator.id.desc()).limit(1)).one_or_none()
    if found is None:
        raise NotFound("evaluation.not_evaluator", code=demand.code)
    return found


def tasks_of(session: Session, user: User) -> list[Evaluator]:
    """The demands a person has been named to score and has not finished with, the oldest first."""
    query = select(Evaluator).join(EvaluationRound).join(Demand).where(
        Evaluator.user_id == user.id, EvaluationRound.status == RoundStatus.SCORING,
        Demand.status == DemandStatus.EVALUATION,
        Evaluator.status.in_((EvaluatorStatus.NAMED, EvaluatorStatus.DECLARED)))
    return list(session.scalars(query.order_by(Evaluator.named_at, Evaluator.id)))


def explanations(session: Session, demand: Demand) -> dict[int, PriceExplanation]:
    """By bid: the prices of a demand's bids that had to be explained."""
    query = select(PriceExplanation).join(Bid).where(Bid.demand_id == demand.id)
    return {found.bid_id: found for found in session.scalars(query)}


def explanation_of(session: Session, bid: Bid) -> PriceExplanation | None:
    """What a bidder was asked about its price, if it was."""
    return session.scalars(select(PriceExplanation).filter_by(bid_id=bid.id)).one_or_none()
