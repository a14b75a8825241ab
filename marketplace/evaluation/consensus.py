"""From everyone's points to the panel's: side by side, changed with a reason, closed and then frozen."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.demand.models import Criterion, Demand
from marketplace.evaluation import panel, prices, queries
from marketplace.evaluation.models import (
    ConsensusChange,
    ConsensusPoint,
    EvaluationRound,
    Evaluator,
    EvaluatorPoint,
)
from marketplace.notices.operations import notify
from marketplace.rules import lifecycle
from marketplace.rules import panel as rules
from marketplace.rules.errors import Invalid, Problem, Problems, WrongState
from marketplace.rules.panel import EvaluatorStatus, RoundStatus, Spread
from marketplace.tendering import evaluation as tendering
from marketplace.tendering import queries as bids
from marketplace.tendering.models import Bid

REASON_MOST = 2000


@dataclass(frozen=True)
class Cell:
    """One bid and criterion: `given` (evaluator, points, comment) in the panel's order, their spread, and the points
    agreed so far, which are the mean until a change was recorded. `changes` are all that were, also those of before
    somebody stood aside or joined, which no longer count."""

    bid_id: int
    criterion: Criterion
    given: tuple[tuple[Evaluator, int, str], ...]
    spread: Spread
    points: int
    changes: tuple[ConsensusChange, ...]


def submitted(of: EvaluationRound) -> list[Evaluator]:
    """Those whose points count: submitted, and not recused since."""
    return [one for one in of.evaluators if one.status == EvaluatorStatus.SUBMITTED]


def cells(session: Session, demand: Demand, of: EvaluationRound) -> list[Cell]:
    """Everyone's points by bid (in the order of receipt) and criterion; empty before all have submitted."""
    if of.status == RoundStatus.SCORING:
        return []
    people = submitted(of)
    given = {(one.id, point.bid_id, point.criterion_id): point for one in people for point in one.points}
    return [cell for bid in queries.in_play(bids.opened_bids(session, demand)) for criterion in queries.quality(demand)
            if (cell := _cell(of, bid, criterion, people, given)) is not None]


def _cell(of: EvaluationRound, bid: Bid, criterion: Criterion, people: Sequence[Evaluator],
          given: dict[tuple[int, int, int], EvaluatorPoint]) -> Cell | None:
    rows = [(one, found) for one in people if (found := given.get((one.id, bid.id, criterion.id))) is not None]
    between = rules.spread(point.points for _, point in rows)
    if between is None:
        return None
    changes = tuple(one for one in of.changes if (one.bid_id, one.criterion_id) == (bid.id, criterion.id))
    counted = [one for one in changes if one.changed_at >= _compared_since(of)]
    return Cell(bid.id, criterion, tuple((one, point.points, point.comment) for one, point in rows), between,
                counted[-1].points if counted else between.mean, changes)


def _compared_since(of: EvaluationRound) -> dt.datetime:
    """Since when the same people's points lie side by side: the last submission, or the last who stood aside."""
    moments = [one.declared_at if one.status == EvaluatorStatus.RECUSED else one.submitted_at for one in of.evaluators]
    return max((moment for moment in moments if moment is not None), default=of.opened_at)


def change(session: Session, demand: Demand, *, bid_id: int, criterion_id: int, points: int, reason: str,
           actor: User, now: dt.datetime) -> ConsensusChange:
    """The panel agrees on other points for one bid and criterion; from, to, who and why are kept.

    Raises Problems (points out of range, evaluation.change_reason_missing, evaluation.same_points,
    evaluation.criterion_unknown, field.too_long), WrongState (evaluation.not_comparing, evaluation.closed,
    evaluation.stood_aside: who has an interest in a bidder does not move points either).
    """
    demand = panel.evaluating(session, demand, "change_points")
    of = _comparing(session, demand)
    if any(one.user_id == actor.id and one.status == EvaluatorStatus.RECUSED for one in of.evaluators):
        raise WrongState("evaluation.stood_aside")
    cell = next((one for one in cells(session, demand, of)
                 if (one.bid_id, one.criterion.id) == (bid_id, criterion_id)), None)
    reason = reason.strip()
    problems = list(_change_problems(cell, criterion_id, points, reason))
    if cell is None or problems:
        raise Problems(problems)
    made = ConsensusChange(bid_id=bid_id, criterion_id=criterion_id, points_before=cell.points, points=points,
                           reason=reason, changed_by_id=actor.id, changed_at=now)
    of.changes.append(made)
    audit.record(session, "consensus:change", demand, actor=actor, at=now, round=of.number, bid=bid_id,
                 criterion=cell.criterion.name, points_before=cell.points, points=points, reason=reason)
    return made


def _change_problems(cell: Cell | None, criterion_id: int, points: int, reason: str) -> Iterable[Problem]:
    if cell is None:
        yield Problem("criterion_id", "evaluation.criterion_unknown", {"criterion": criterion_id})
        return
    if not 0 <= points <= 100:
        yield Problem("points", "evaluation.points_out_of_range", {"criterion": cell.criterion.name, "points": points})
    elif points == cell.points:
        yield Problem("points", "evaluation.same_points", {"points": points})
    if not reason:
        yield Problem("reason", "evaluation.change_reason_missing")
    elif len(reason) > REASON_MOST:
        yield Problem("reason", "field.too_long", {"most": REASON_MOST, "length": len(reason)})


def _comparing(session: Session, demand: Demand) -> EvaluationRound:
    of = queries.standing(session, demand)
    if of is not None and of.status == RoundStatus.CLOSED:
        raise WrongState("evaluation.closed", code=demand.code)
    if of is None or of.status != RoundStatus.COMPARING:
        waiting = [one.user.display_name for one in of.evaluators if one.status in queries.STANDING
                   and one.status != EvaluatorStatus.SUBMITTED] if of else []
        raise WrongState("evaluation.not_comparing", count=len(waiting), names=waiting)
    return of


def close(session: Session, demand: Demand, *, actor: User, now: dt.datetime, no_conflict: bool = False,
          ) -> EvaluationRound:
    """Close the round: the agreed points become the scores, names are shown, nothing changes any more.

    Where no panel was named, whoever scored alone closes with their own points and declares `no_conflict`. Raises
    WrongState (evaluation.not_comparing, evaluation.closed, evaluation.scored_by_others, award.scores_missing,
    evaluation.price_…), Invalid("evaluation.declaration_missing").
    """
    demand = panel.evaluating(session, demand, "close_scoring")
    prices.require_settled(session, demand)
    if queries.standing(session, demand) is None:
        of = _alone(session, demand, no_conflict=no_conflict, actor=actor, now=now)
    else:
        of = _comparing(session, demand)
    agreed = cells(session, demand, of)
    of.points.extend(ConsensusPoint(bid_id=one.bid_id, criterion_id=one.criterion.id, mean=one.spread.mean,
                                    points=one.points) for one in agreed)
    of.points_hash = rules.points_hash((one.bid_id, one.criterion.id, one.points) for one in agreed)
    of.status = lifecycle.advance(rules.ROUND, of.status, "close")
    of.closed_by_id, of.closed_at = actor.id, now
    _write(session, demand, agreed, actor=actor, now=now)
    audit.record(session, "consensus:close", demand, actor=actor, at=now, round=of.number,
                 evaluators=len(submitted(of)), changes=len(of.changes), points_hash=of.points_hash)
    return of


def _write(session: Session, demand: Demand, agreed: Sequence[Cell], *, actor: User, now: dt.datetime) -> None:
    for bid in queries.in_play(bids.opened_bids(session, demand)):
        own = [one for one in agreed if one.bid_id == bid.id]
        if own:
            comments = {one.criterion.id: one.given[0][2] for one in own if len(one.given) == 1}
            tendering.store_scores(session, demand, bid, points={one.criterion.id: one.points for one in own},
                                   comments=comments, actor=actor, now=now)


def _alone(session: Session, demand: Demand, *, no_conflict: bool, actor: User, now: dt.datetime) -> EvaluationRound:
    """One person's scores as a round of one evaluator, ready to be closed."""
    opened = queries.in_play(bids.opened_bids(session, demand))
    if not tendering.fully_scored(demand, opened):
        raise WrongState("award.scores_missing")
    scores = [score for bid in opened for score in bid.scores]
    if any(score.scored_by_id != actor.id for score in scores):
        raise WrongState("evaluation.scored_by_others")
    if not no_conflict:
        raise Invalid("evaluation.declaration_missing")
    of = panel.begin(session, demand, actor=actor, now=now, alone=True)
    own = Evaluator(user_id=actor.id, named_by_id=actor.id, named_at=now, declared_at=now,
                    submitted_at=now, status=EvaluatorStatus.SUBMITTED)
    own.points.extend(EvaluatorPoint(bid_id=score.bid_id, criterion_id=score.criterion_id, points=score.points,
                                     comment=score.comment, given_at=score.scored_at) for score in scores)
    of.evaluators.append(own)
    session.flush()
    audit.record(session, "evaluator:submit", own, actor=actor, at=now, demand=demand.code, user=actor.id, alone=True)
    of.status = lifecycle.advance(rules.ROUND, of.status, "compare")
    return of


def reopen(session: Session, demand: Demand, *, reason: str, actor: User | str, now: dt.datetime,
           ) -> EvaluationRound | None:
    """An award was taken back: the closed round is kept, and its people score again in the next one; what was decided
    on low prices is decided again.

    After one person's round nothing stands, so that the scores can be corrected. None where no round was closed.
    """
    prices.reconsider(session, demand, actor=actor, now=now)
    of = queries.standing(session, demand)
    if of is None or of.status != RoundStatus.CLOSED:
        return None
    of.status = lifecycle.advance(rules.ROUND, of.status, "reopen")
    of.reopened_reason, of.reopened_at = reason.strip() or "—", now
    audit.record(session, "evaluation:reopen", demand, actor=actor, at=now, round=of.number, reason=of.reopened_reason)
    if of.alone:
        session.flush()
        return None
    opener = session.get_one(User, of.opened_by_id)
    following = panel.begin(session, demand, actor=opener, now=now)
    for one in submitted(of):
        following.evaluators.append(Evaluator(user_id=one.user_id, user=one.user, named_by_id=one.named_by_id,
                                              named_at=now, status=EvaluatorStatus.NAMED))
    session.flush()
    for one in following.evaluators:
        notify(session, one.user.organisation_id, "evaluator_named", dedupe=f"evaluator:{one.id}:named", now=now,
               link=f"/demands/{demand.code}/scoring", demand=demand.code, title=demand.title,
               person=one.user.display_name)
    return following
