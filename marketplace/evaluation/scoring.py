"""One evaluator's own points: written alone, frozen on submitting, shown to nobody before everyone has submitted."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.demand.models import Demand
from marketplace.evaluation import panel, queries
from marketplace.evaluation.models import Evaluator, EvaluatorPoint
from marketplace.rules import lifecycle
from marketplace.rules import panel as rules
from marketplace.rules.errors import Problem, Problems, WrongState
from marketplace.rules.panel import EvaluatorStatus
from marketplace.tendering import evaluation as tendering
from marketplace.tendering import queries as bids


def save(session: Session, demand: Demand, bid_id: int, *, points: Mapping[int, int],
         comments: Mapping[int, str] | None = None, actor: User, now: dt.datetime) -> Evaluator:
    """Keep points 0-100 (and comments) by criterion id for one bid; what is left out stays as it was.

    Raises Problems (evaluation.points_out_of_range, evaluation.criterion_unknown, evaluation.no_points,
    field.too_long), NotFound, WrongState (evaluation.not_declared, evaluation.submitted, demand decided).
    """
    queries.evaluator_of(session, demand, actor)
    demand = panel.evaluating(session, demand, "score")
    own = _writing(queries.evaluator_of(session, demand, actor))
    bid = bids.opened_bid(session, demand, bid_id)
    if bid.exclusion is not None:
        raise WrongState("evaluation.bid_excluded")
    comments = comments or {}
    tendering.check_points(demand, points, comments)
    kept = {one.criterion_id: one for one in own.points if one.bid_id == bid.id}
    for criterion_id, given in points.items():
        row = kept.get(criterion_id)
        if row is None:
            row = EvaluatorPoint(bid_id=bid.id, criterion_id=criterion_id)
            own.points.append(row)
        row.points, row.comment, row.given_at = given, comments.get(criterion_id, "").strip(), now
    session.flush()
    return own


def _writing(own: Evaluator) -> Evaluator:
    if own.status == EvaluatorStatus.NAMED:
        raise WrongState("evaluation.not_declared")
    if own.status != EvaluatorStatus.DECLARED:
        raise WrongState("evaluation.submitted", status=EvaluatorStatus(own.status))
    return own


def missing(session: Session, demand: Demand, own: Evaluator) -> list[tuple[int, str]]:
    """(bid id, criterion) still without points."""
    given = {(one.bid_id, one.criterion_id) for one in own.points}
    return [(bid.id, criterion.name) for bid in queries.in_play(bids.opened_bids(session, demand))
            for criterion in queries.quality(demand) if (bid.id, criterion.id) not in given]


def submit(session: Session, demand: Demand, *, actor: User, now: dt.datetime) -> Evaluator:
    """Freeze one's points; when the last evaluator does so, everyone's are laid side by side.

    Raises Problems (evaluation.points_missing for each criterion without points), NotFound, WrongState.
    """
    queries.evaluator_of(session, demand, actor)
    demand = panel.evaluating(session, demand, "submit")
    own = _writing(queries.evaluator_of(session, demand, actor))
    left = missing(session, demand, own)
    if left:
        raise Problems([Problem(f"bid{bid_id}", "evaluation.points_missing", {"criterion": name})
                        for bid_id, name in left])
    own.status = lifecycle.advance(rules.EVALUATOR, own.status, "submit")
    own.submitted_at = now
    audit.record(session, "evaluator:submit", own, actor=actor, at=now, demand=demand.code, user=own.user_id,
                 points=sorted([one.bid_id, one.criterion_id, one.points] for one in own.points))
    panel.settle(session, own.round, now=now)
    return own
