"""The people who score: named by the buyer, each declaring no conflict or standing aside."""
from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Role, User
from marketplace.db import lock
from marketplace.demand.models import Demand
from marketplace.evaluation import queries
from marketplace.evaluation.models import EvaluationRound, Evaluator
from marketplace.integrity import conflicts
from marketplace.integrity.conflicts import Signal
from marketplace.notices.operations import notify
from marketplace.rules import lifecycle, panel
from marketplace.rules.errors import Invalid, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.panel import EvaluatorStatus, RoundStatus
from marketplace.tendering import queries as tendering

MOST_EVALUATORS = 15
TEXT_MOST = 2000


def evaluating(session: Session, demand: Demand, action: str) -> Demand:
    """The demand, locked, while its bids are being evaluated. Raises WrongState("demand.wrong_state")."""
    demand = lock(session, Demand, demand.id)
    if demand.status != DemandStatus.EVALUATION:
        raise WrongState("demand.wrong_state", status=DemandStatus(demand.status), action=action,
                         allowed=list(lifecycle.allowed(lifecycle.DEMAND, demand.status)))
    return demand


def name(session: Session, demand: Demand, emails: Sequence[str], *, actor: User, now: dt.datetime) -> EvaluationRound:
    """Name evaluators by the addresses of their accounts: the buyer's own people, or experts from outside.

    The first naming begins the round; a person who was recused or removed is not named again in the same round.
    Raises Problems (evaluation.evaluator_…), WrongState (decided, closed, evaluation.no_bids).
    """
    demand = evaluating(session, demand, "name_evaluators")
    found = queries.standing(session, demand)
    people = _people(session, demand, emails, found)
    if found is None:
        found = begin(session, demand, actor=actor, now=now)
    found.status = lifecycle.advance(panel.ROUND, found.status, "name")
    for person in people:
        _add(session, found, person, actor=actor, now=now)
    session.flush()
    return found


def begin(session: Session, demand: Demand, *, actor: User, now: dt.datetime, alone: bool = False) -> EvaluationRound:
    """A round with the next number, still without anybody in it. Raises WrongState("evaluation.no_bids")."""
    if not tendering.opened_bids(session, demand):
        raise WrongState("evaluation.no_bids", code=demand.code)
    last = session.scalar(select(func.max(EvaluationRound.number)).filter_by(demand_id=demand.id)) or 0
    made = EvaluationRound(demand_id=demand.id, number=last + 1, alone=alone, blinding_key=secrets.token_hex(32),
                           opened_by_id=actor.id, opened_at=now, demand=demand)
    session.add(made)
    audit.record(session, "evaluation:begin", demand, actor=actor, at=now, round=made.number)
    return made


def _add(session: Session, into: EvaluationRound, person: User, *, actor: User, now: dt.datetime) -> Evaluator:
    made = Evaluator(user_id=person.id, user=person, status=EvaluatorStatus.NAMED, named_by_id=actor.id, named_at=now)
    into.evaluators.append(made)
    demand = into.demand
    audit.record(session, "evaluator:name", made, actor=actor, at=now, demand=demand.code, round=into.number,
                 user=person.id, outside=person.organisation_id != demand.buyer_id)
    notify(session, person.organisation_id, "evaluator_named", dedupe=f"evaluator:{made.id}:named", now=now,
           link=f"/demands/{demand.code}/scoring", demand=demand.code, title=demand.title, person=person.display_name)
    return made


def _people(session: Session, demand: Demand, emails: Sequence[str], into: EvaluationRound | None) -> list[User]:
    wanted = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
    if not wanted:
        raise Problems([Problem("emails", "evaluation.evaluators_missing")])
    taken = [one for one in into.evaluators if one.status != EvaluatorStatus.REMOVED] if into else []
    opened = tendering.opened_bids(session, demand)
    bidders = {bid.founder.uscc for bid in opened} | {member["uscc"] for bid in opened for member in bid.team or []}
    people, problems = [], []
    for email in wanted:
        person = accounts.user_by_email(session, email)
        code = "evaluation.evaluator_unknown" if person is None else _refusal(person, taken, bidders)
        if code is None and person is not None:
            people.append(person)
        else:
            problems.append(Problem("emails", code or "", {"email": email}))
    if len(taken) + len(wanted) > MOST_EVALUATORS:
        problems.append(Problem("emails", "evaluation.too_many_evaluators", {"most": MOST_EVALUATORS}))
    if problems:
        raise Problems(problems)
    return people


def _refusal(person: User, taken: Sequence[Evaluator], bidders: set[str]) -> str | None:
    """Why a person cannot score here, as a code; `bidders` are credit codes, those of joint bids' members too."""
    before = next((one for one in taken if one.user_id == person.id), None)
    if before is not None:
        recused = before.status == EvaluatorStatus.RECUSED
        return "evaluation.evaluator_recused" if recused else "evaluation.evaluator_twice"
    if person.organisation.uscc in bidders:
        return "evaluation.evaluator_bids"
    return "evaluation.evaluator_operator" if person.role == Role.OPERATOR else None


def remove(session: Session, demand: Demand, evaluator_id: int, *, actor: User, now: dt.datetime) -> Evaluator:
    """The buyer takes back a naming, until the person has submitted. Raises NotFound, WrongState."""
    demand = evaluating(session, demand, "remove_evaluator")
    found = _of_round(session, demand, evaluator_id)
    found.status = lifecycle.advance(panel.EVALUATOR, found.status, "remove")
    audit.record(session, "evaluator:remove", found, actor=actor, at=now, demand=demand.code, user=found.user_id)
    settle(session, found.round, now=now)
    return found


def _of_round(session: Session, demand: Demand, evaluator_id: int) -> Evaluator:
    into = queries.standing(session, demand)
    found = next((one for one in into.evaluators if one.id == evaluator_id), None) if into else None
    if found is None:
        raise NotFound("not_found", what="evaluator", id=evaluator_id)
    return found


def declare(session: Session, demand: Demand, *, conflict: bool, text: str = "", actor: User,
            now: dt.datetime) -> Evaluator:
    """An evaluator, having read who bids, declares no conflict of interest, or stands aside and says why.

    After a recusal nothing the person gave counts, also when it was submitted before. Basis: 招标投标法 Art. 37
    (in force 2000-01-01): who has an interest in a bidder does not evaluate. Raises Invalid
    (evaluation.recusal_reason_missing), Problems, NotFound, WrongState.
    """
    queries.evaluator_of(session, demand, actor)  # a stranger learns nothing of how far the scoring has come
    demand = evaluating(session, demand, "declare")
    own = queries.evaluator_of(session, demand, actor)
    text = _text(text)
    if own.round.status == RoundStatus.CLOSED:
        raise WrongState("evaluation.closed", code=demand.code)
    if conflict and not text:
        raise Invalid("evaluation.recusal_reason_missing")
    own.status = lifecycle.advance(panel.EVALUATOR, own.status, "recuse" if conflict else "declare")
    own.declaration, own.declared_at = text, now
    audit.record(session, "evaluator:recuse" if conflict else "evaluator:declare", own, actor=actor, at=now,
                 demand=demand.code, user=own.user_id, reason=text)
    if conflict:
        notify(session, demand.buyer_id, "evaluator_recused", dedupe=f"evaluator:{own.id}:recused", now=now,
               link=f"/demands/{demand.code}/panel", demand=demand.code, person=actor.display_name, reason=text)
        settle(session, own.round, now=now)
    return own


def _text(text: str) -> str:
    text = text.strip()
    if len(text) > TEXT_MOST:
        raise Problems([Problem("text", "field.too_long", {"most": TEXT_MOST, "length": len(text)})])
    return text


def settle(session: Session, of: EvaluationRound, *, now: dt.datetime) -> None:
    """Move the round on when the last one has submitted, and back when nobody's points are left."""
    people = [one for one in of.evaluators if one.status in queries.STANDING]
    done = [one for one in people if one.status == EvaluatorStatus.SUBMITTED]
    if of.status == RoundStatus.SCORING and people and len(done) == len(people):
        of.status = lifecycle.advance(panel.ROUND, of.status, "compare")
        demand = of.demand
        last = max(one.id for one in done)  # who was named after a recusal completes the panel anew
        notify(session, demand.buyer_id, "panel_complete", dedupe=f"round:{of.id}:complete:{last}", now=now,
               link=f"/demands/{demand.code}/consensus", demand=demand.code, title=demand.title, count=len(done))
    elif of.status == RoundStatus.COMPARING and not done:
        of.status = lifecycle.advance(panel.ROUND, of.status, "lose")


def hints(session: Session, demand: Demand, user: User) -> list[tuple[str, list[Signal]]]:
    """What a person has in common with each bidder, members of joint bids too, by the bidder's name: a reason to look,
    never a verdict."""
    found = {company.name: conflicts.between(session, user, company.id)
             for bid in tendering.opened_bids(session, demand) for company in conflicts.parties(session, bid)}
    return [(bidder, found[bidder]) for bidder in sorted(found) if found[bidder]]
