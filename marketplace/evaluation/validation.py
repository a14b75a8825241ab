"""Validation verbs: state the stage, add data, offer access, accept it, read a file, revoke, record the result."""
from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.db import lock
from marketplace.demand.models import Demand
from marketplace.evaluation.validation_models import (
    ValidationFile,
    ValidationGrant,
    ValidationStage,
    ValidationVisit,
)
from marketplace.notices.operations import notify
from marketplace.rules import attachments, lifecycle
from marketplace.rules import validation as rules
from marketplace.rules.errors import Invalid, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.validation import GRANT, GrantStatus, Outcome
from marketplace.tendering import evaluation, queries
from marketplace.tendering.models import Bid
from marketplace.tendering.store import Store

CSV = "text/csv"


@dataclass(frozen=True)
class Plan:
    """The stage as its buyer states it. `metric_threshold` a plain decimal, see rules.validation.metric."""

    top: int
    purpose: str
    conditions: str
    access_days: int
    metric_name: str | None = None
    metric_unit: str | None = None
    metric_threshold: str | None = None
    higher_is_better: bool = True


@dataclass(frozen=True)
class Finding:
    """What a trial showed. `metric_value` a decimal as typed, where the stage has a metric."""

    outcome: Outcome
    note: str
    metric_value: str | None = None


def state(session: Session, demand: Demand, plan: Plan, *, actor: User, now: dt.datetime) -> ValidationStage:
    """State the stage: changed freely before publication, decided once after the opening, never in between.

    Raises Problems, WrongState (validation.not_now, validation.stated_already).
    """
    demand = lock(session, Demand, demand.id)
    before = demand.published_at is None and demand.status != DemandStatus.CANCELLED
    if not before and demand.status != DemandStatus.EVALUATION:
        raise WrongState("validation.not_now", status=DemandStatus(demand.status))
    stage = session.get(ValidationStage, demand.id)
    if stage is not None and not before:
        raise WrongState("validation.stated_already")
    _check_plan(plan)
    stage = stage or ValidationStage(demand_id=demand.id)
    for name in ("top", "purpose", "conditions", "access_days", "metric_name", "metric_unit", "higher_is_better"):
        setattr(stage, name, getattr(plan, name))
    stage.metric_threshold = rules.metric(plan.metric_threshold) if plan.metric_threshold else None
    stage.before_publication, stage.stated_by_id, stage.stated_at = before, actor.id, now
    session.add(stage)
    audit.record(session, "validation:state", demand, actor=actor, at=now, top=plan.top, days=plan.access_days,
                 metric=plan.metric_name, before_publication=before)
    return stage


def _check_plan(plan: Plan) -> None:
    problems = [Problem(name, "field.out_of_range", {"low": 1, "high": most}) for name, most in
                (("top", rules.MOST_TOP), ("access_days", rules.MOST_DAYS))
                if not 1 <= getattr(plan, name) <= most]
    problems += [Problem(name, "field.required") for name in ("purpose", "conditions") if not getattr(plan, name)]
    if bool(plan.metric_name) != bool(plan.metric_unit):
        problems.append(Problem("metric_unit", "validation.metric_incomplete"))
    if plan.metric_threshold and not plan.metric_name:
        problems.append(Problem("metric_name", "validation.metric_incomplete"))
    if problems:
        raise Problems(problems)


def add_file(session: Session, demand: Demand, name: str, data: bytes, *, files: Store, actor: User,
             now: dt.datetime) -> ValidationFile:
    """Add a file to the data offered; looked at by content as bids' files are, and CSV.

    Raises Invalid (attachment.*, validation.too_many_files), NotFound (validation.no_stage), WrongState.
    """
    stage = _stage(session, demand)
    if demand.status in (DemandStatus.COMPLETE, DemandStatus.UNSUCCESSFUL, DemandStatus.CANCELLED):
        raise WrongState("validation.not_now", status=DemandStatus(demand.status))
    if len(stage.files) >= rules.MOST_FILES:
        raise Invalid("validation.too_many_files", most=rules.MOST_FILES)
    table = name.lower().endswith(".csv")
    found = attachments.check(f"{name[:-4]}.txt" if table else name, data)
    stored = secrets.token_hex(16)
    kept = ValidationFile(
        demand_id=demand.id, name=f"{found.name[:-4]}.csv" if table else found.name,
        media_type=CSV if table else found.media_type, size=found.size, sha256=hashlib.sha256(data).hexdigest(),
        stored=stored, added_by_id=actor.id, added_at=now)
    stage.files.append(kept)
    session.flush()
    files.put(stored, data)
    audit.record(session, "validation:add_file", demand, actor=actor, at=now, name=kept.name, sha256=kept.sha256)
    return kept


def offer(session: Session, demand: Demand, bid_ids: Iterable[int], *, actor: User,
          now: dt.datetime) -> list[ValidationGrant]:
    """Offer access to the best bids, all of them at once and no more than the stage says.

    Where every bid is scored they are the first of the ranking. Raises Problems (bids), NotFound, WrongState.
    """
    demand = lock(session, Demand, demand.id)
    stage = _stage(session, demand)
    if demand.status != DemandStatus.EVALUATION:
        raise WrongState("validation.not_now", status=DemandStatus(demand.status))
    if stage.grants:
        raise WrongState("validation.offered_already")
    chosen = _chosen(session, stage, set(bid_ids))
    expires_on = legal_day(now) + dt.timedelta(days=stage.access_days)
    for bid in chosen:
        stage.grants.append(ValidationGrant(
            demand_id=demand.id, bid=bid, expires_on=expires_on, conditions_hash=conditions_hash(stage),
            offered_by_id=actor.id, offered_at=now))
    audit.record(session, "validation:offer", demand, actor=actor, at=now, bids=sorted(bid.id for bid in chosen),
                 expires_on=expires_on)
    for grant in stage.grants:
        _tell(session, grant, grant.bid.founder_id, "validation_offered", now=now, until=expires_on.isoformat())
    return list(stage.grants)


def _chosen(session: Session, stage: ValidationStage, wanted: set[int]) -> list[Bid]:
    opened = [bid for bid in queries.opened_bids(session, stage.demand) if bid.exclusion is None]
    found = [bid for bid in opened if bid.id in wanted]
    most = min(stage.top, len(opened))
    if len(found) != len(wanted) or len(found) != most:
        raise Problems([Problem("bids", "validation.wrong_number", {"wanted": most})])
    if evaluation.scores_stand(session, stage.demand, opened):
        best = {row.bid.key for row in evaluation.ranking(stage.demand, opened)[:most]}
        if best != wanted:
            raise Problems([Problem("bids", "validation.not_the_best", {"wanted": most})])
    return found


def conditions_hash(stage: ValidationStage) -> str:
    """SHA-256 of what a founder accepts: purpose, conditions and days of access."""
    return hashlib.sha256(f"{stage.purpose}\n{stage.conditions}\n{stage.access_days}".encode()).hexdigest()


def accept(session: Session, grant_id: int, *, seen_hash: str, actor: User, now: dt.datetime) -> ValidationGrant:
    """The founder accepts the conditions it read. Raises NotFound, WrongState (validation.conditions_changed,
    validation.ended)."""
    grant = _held(session, grant_id, founder_id=actor.organisation_id)
    status = lifecycle.advance(GRANT, grant.status, "accept")
    _check_standing(grant, now=now)
    if seen_hash != grant.conditions_hash:
        raise WrongState("validation.conditions_changed")
    grant.status, grant.accepted_at, grant.accepted_by_id = status, now, actor.id
    audit.record(session, "validation_grant:accept", grant, actor=actor, at=now, conditions_hash=seen_hash)
    _tell(session, grant, grant.stage.demand.buyer_id, "validation_accepted", now=now)
    return grant


def read_file(session: Session, grant_id: int, file_id: int, *, files: Store, address_digest: str, actor: User,
              now: dt.datetime) -> tuple[ValidationFile, bytes]:
    """A file for whoever accepted the conditions, while access lasts; the visit is written down first.

    Raises NotFound, WrongState (validation.not_accepted, validation.ended).
    """
    grant = _held(session, grant_id, founder_id=actor.organisation_id)
    if grant.status == GrantStatus.OFFERED:
        raise WrongState("validation.not_accepted")
    _check_standing(grant, now=now)
    found = next((one for one in grant.stage.files if one.id == file_id), None)
    data = files.get(found.stored) if found is not None else None
    if found is None or data is None:
        raise NotFound("not_found", what="file", id=file_id)
    grant.visits.append(ValidationVisit(number=len(grant.visits) + 1, file_id=found.id, user_id=actor.id, at=now,
                                        address_digest=address_digest))
    audit.record(session, "validation_grant:read", grant, actor=actor, at=now, name=found.name, sha256=found.sha256)
    return found, data


def revoke(session: Session, grant_id: int, *, reason: str, actor: User, now: dt.datetime) -> ValidationGrant:
    """The buyer ends a founder's access, with a reason the founder reads. Raises Problems, NotFound, WrongState."""
    grant = _held(session, grant_id, buyer_id=actor.organisation_id)
    status = lifecycle.advance(GRANT, grant.status, "revoke")
    _check_note("reason", reason)
    grant.status, grant.ended_at, grant.revoke_reason = status, now, reason.strip()
    audit.record(session, "validation_grant:revoke", grant, actor=actor, at=now, reason=reason.strip())
    _tell(session, grant, grant.bid.founder_id, "validation_revoked", now=now, reason=reason.strip())
    return grant


def record(session: Session, grant_id: int, said: Finding, *, actor: User, now: dt.datetime) -> ValidationGrant:
    """Write down what the trial showed, once, before the decision. Raises Problems, NotFound, WrongState."""
    grant = _held(session, grant_id, buyer_id=actor.organisation_id)
    stage = grant.stage
    if stage.demand.status != DemandStatus.EVALUATION:
        raise WrongState("validation.not_now", status=DemandStatus(stage.demand.status))
    if grant.accepted_at is None:
        raise WrongState("validation.not_accepted")
    if grant.outcome is not None:
        raise WrongState("validation.recorded_already")
    _check_note("note", said.note)
    value = _metric(stage, said)
    grant.outcome, grant.metric_value, grant.note = said.outcome, value, said.note.strip()
    grant.recorded_by_id, grant.recorded_at = actor.id, now
    audit.record(session, "validation_grant:record", grant, actor=actor, at=now, outcome=said.outcome,
                 metric_value=value)
    _tell(session, grant, grant.bid.founder_id, f"validation_{said.outcome}", now=now)
    return grant


def _metric(stage: ValidationStage, said: Finding) -> str | None:
    """The value where the stage has a metric; a pass must reach the threshold that was stated."""
    if stage.metric_name is None:
        return None
    if not said.metric_value:
        raise Problems([Problem("metric_value", "field.required")])
    try:
        value = rules.metric(said.metric_value)
    except Invalid as error:
        raise Problems([Problem("metric_value", error.code, error.facts)]) from error
    threshold = stage.metric_threshold
    if threshold is not None and (said.outcome is Outcome.PASSED) != rules.reaches(
            value, threshold, higher_is_better=stage.higher_is_better):
        raise Problems([Problem("metric_value", "validation.threshold", {"value": value, "threshold": threshold})])
    return value


def require_result(session: Session, demand: Demand, bid_id: int) -> None:
    """A stage stated before publication is part of the rules: who wins has been tried and has passed.

    Raises WrongState("validation.not_passed").
    """
    stage = session.get(ValidationStage, demand.id)
    if stage is not None and stage.before_publication and not any(
            grant.bid_id == bid_id and grant.outcome == Outcome.PASSED for grant in stage.grants):
        raise WrongState("validation.not_passed")


def end_due(session: Session, *, today: dt.date, now: dt.datetime) -> int:
    """The daily round: access that ended by its day or with the decision is closed; how many there were."""
    found = session.scalars(select(ValidationGrant).where(ValidationGrant.status.in_(rules.LIVE)))
    due = [(grant, action) for grant in found if (action := ended_by(grant, today=today))]
    for grant, action in due:
        grant.status, grant.ended_at = lifecycle.advance(GRANT, grant.status, action), now
        audit.record(session, f"validation_grant:{action}", grant, actor="system", at=now)
        _tell(session, grant, grant.bid.founder_id, "validation_ended", now=now)
    return len(due)


def ended_by(grant: ValidationGrant, *, today: dt.date) -> str | None:
    """What has ended a live grant without anybody doing anything: "close" (decided), "expire", or None."""
    if grant.stage.demand.status != DemandStatus.EVALUATION:
        return "close"
    return "expire" if rules.over(grant.expires_on, today=today) else None


def _stage(session: Session, demand: Demand) -> ValidationStage:
    stage = session.get(ValidationStage, demand.id)
    if stage is None:
        raise NotFound("validation.no_stage", code=demand.code)
    return stage


def _held(session: Session, grant_id: int, *, founder_id: int | None = None,
          buyer_id: int | None = None) -> ValidationGrant:
    """One grant, locked, for its founder or its buyer. Raises NotFound."""
    grant = session.get(ValidationGrant, grant_id) if 0 < grant_id < 2**31 else None
    if grant is None or (founder_id is not None and grant.bid.founder_id != founder_id) or (
            buyer_id is not None and grant.stage.demand.buyer_id != buyer_id):
        raise NotFound("not_found", what="validation_grant", id=grant_id)
    return lock(session, ValidationGrant, grant_id)


def _check_standing(grant: ValidationGrant, *, now: dt.datetime) -> None:
    """Access ends by itself on its day and with the decision, whether or not the daily round has run."""
    if grant.status not in rules.LIVE or ended_by(grant, today=legal_day(now)):
        raise WrongState("validation.ended", status=GrantStatus(grant.status), until=grant.expires_on)


def _check_note(field: str, text: str) -> None:
    if not text.strip():
        raise Problems([Problem(field, "field.required")])
    if len(text) > rules.TEXT_MOST:
        raise Problems([Problem(field, "field.too_long", {"most": rules.TEXT_MOST, "length": len(text)})])


def _tell(session: Session, grant: ValidationGrant, organisation_id: int, code: str, *, now: dt.datetime,
          **facts: str) -> None:
    session.flush()
    demand = grant.stage.demand
    notify(session, organisation_id, code, dedupe=f"validation_grant:{grant.id}:{code}", now=now,
           link=f"/demands/{demand.code}/validation", demand=demand.code, title=demand.title, **facts)
