"""The daily round: it finds by state what has something to say today, and takes the steps of the ladder, each once.

Only obligations whose `next_step_on` has come are read; the others are not looked at. A day on which nothing ran is
caught up without old reminders, and running it again says nothing twice, alone or beside another round.
"""
from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, exists, insert, or_, select, update
from sqlalchemy.orm import Session, defaultload, defer

from marketplace import reference
from marketplace.audit import operations as audit
from marketplace.audit.operations import Change
from marketplace.contracts.models import Contract, Milestone
from marketplace.db import insert_new
from marketplace.enforcement.models import BuyerContact, EscalationStep
from marketplace.notices.models import Mail, Notice
from marketplace.notices.operations import notify
from marketplace.payments import ladder, obligations, queries
from marketplace.payments.models import UNSURE, Dispute, Obligation, Payment
from marketplace.payments.statements import statement_of
from marketplace.rules import escalation
from marketplace.rules.dates import working_day_before
from marketplace.rules.escalation import Addressee, Dated
from marketplace.rules.escalation_states import StepStatus
from marketplace.rules.lifecycle import MilestoneStatus
from marketplace.rules.payment_facts import StartBasis
from marketplace.rules.statement import Statement

SYSTEM = "system"
# Long texts and stored JSON are read only where a row is recomputed.
_NEEDED = (*queries.WHOLE, defer(Obligation.facts), defer(Obligation.basis),
           defaultload(Obligation.contract).defer(Contract.text),
           defaultload(Obligation.milestone).defer(Milestone.acceptance_criteria))
_LOOK = update(Obligation.__table__).where(  # type: ignore[arg-type]
    Obligation.__table__.c.id == bindparam("key")).values(next_step_on=bindparam("next"))
_BUYERS_OWN = (Addressee.BUYER_FINANCE, Addressee.BUYER_HEAD)


# What a reminder needs, in one row: read without the rest where no statement can say anything else.
_LEAN = (select(
    Obligation.id, Obligation.due_on, Obligation.nominal_due_on, Obligation.amount_fen, Obligation.provisional,
    Obligation.settled_on, Contract.number, Contract.buyer_id, Contract.founder_id, Contract.start_basis,
    Milestone.title, Milestone.status, exists().where(Payment.obligation_id == Obligation.id).label("paid"),
    exists().where(Dispute.obligation_id == Obligation.id).label("disputed"))
    .join(Contract, Contract.id == Obligation.contract_id).join(Milestone, Milestone.id == Obligation.milestone_id))


@dataclass(frozen=True)
class _Case:
    """One obligation with undisputed principal left, as far as the ladder must know it."""

    obligation_id: int
    number: str
    milestone: str
    buyer_id: int
    founder_id: int
    due: dt.date
    remind_on: dt.date | None
    left_fen: int
    interest_fen: int


@dataclass(frozen=True)
class _Teller:
    """The day of the round, and who besides the two sides is told."""

    today: dt.date
    now: dt.datetime
    operators: list[int]
    contacts: dict[tuple[int, str], BuyerContact]


@dataclass
class _Said:
    """What one chunk writes at its end."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    looks: list[dict[str, Any]] = field(default_factory=list)


def run(session: Session, *, today: dt.date, now: dt.datetime) -> dict[str, Any]:
    """The whole round in one transaction; {"obligations", "moved", "reminders", "acceptance"} as counts."""
    counts: Counter[str] = Counter(obligations=0, moved=0, reminders=0, acceptance=0)
    wake_provisional(session, today=today)
    while (found := take(session, today=today, now=now))["obligations"]:
        counts.update(found)
    return dict(counts)


def wake_provisional(session: Session, *, today: dt.date) -> int:
    """Have due dates looked at again whose calendar year has been published since; how many."""
    published = dt.date(max(reference.calendar().years), 12, 31)
    found = session.execute(update(Obligation).where(
        UNSURE, Obligation.nominal_due_on <= published,
        or_(Obligation.next_step_on.is_(None), Obligation.next_step_on > today),
    ).values(next_step_on=today).execution_options(synchronize_session=False))
    return found.rowcount  # type: ignore[attr-defined]


def reschedule(session: Session, obligation: Obligation, *, now: dt.datetime) -> bool:
    """After a table of holidays or rates was loaded: recompute one obligation and its place on the ladder.

    Whether the due date moved; then steps said of the old date are closed and a new round begins.
    """
    return obligations.refresh(session, obligation, actor=SYSTEM, now=now)


def take(session: Session, *, today: dt.date, now: dt.datetime) -> dict[str, int]:
    """One chunk of the round, to be committed by itself; the same counts, {"obligations": 0} when nothing is left.

    Rows another transaction holds are left for a later chunk or the next round: the round waits for nobody, so
    two rounds at once share the work. The audit chain is taken first, because everybody else takes it last.
    """
    audit.hold_chain(session)
    claimed = _LEAN.where(Obligation.next_step_on <= today).order_by(Obligation.next_step_on, Obligation.id)
    rows = session.execute(claimed.limit(queries.CHUNK).with_for_update(of=Obligation, skip_locked=True)).all()
    counts: Counter[str] = Counter(obligations=len(rows), moved=0, reminders=0, acceptance=0)
    if not rows:
        return dict(counts)
    teller = _Teller(today, now, queries.operator_ids(session), _contacts(session, {row.buyer_id for row in rows}))
    taken, said = ladder.taken_by(session, [row.id for row in rows]), _Said()
    lean = {row.id: row for row in rows if _is_lean(row, today)}
    for row in lean.values():
        _look(teller, _case_of(row), taken.get(row.id, []), said)
    whole = [row.id for row in rows if row.id not in lean]
    query = select(Obligation).where(Obligation.id.in_(whole)).options(*_NEEDED)
    for obligation in session.scalars(query.execution_options(populate_existing=True)) if whole else ():
        found = statement_of(obligation, as_of=today)
        if _stale(obligation, found, today):
            counts["moved"] += obligations.refresh(session, obligation, actor=SYSTEM, now=now)
            counts["acceptance"] += _nag_acceptance(session, obligation, found, today=today, now=now)
        _look_whole(teller, obligation, found, taken.get(obligation.id, []), said)
    counts["reminders"] += _write(session, said, now=now)
    return dict(counts)


def _is_lean(row: Any, today: dt.date) -> bool:
    """Whether the row alone says what is owed and when: not late, certain, nothing paid, disputed or awaited."""
    certain = row.due_on is not None and today <= row.due_on and not row.provisional and row.settled_on is None
    awaited = row.start_basis != StartBasis.DELIVERY and row.status != MilestoneStatus.MET
    return certain and not (row.paid or row.disputed or awaited)


def _case_of(row: Any) -> _Case:
    remind_on = working_day_before(row.nominal_due_on, reference.calendar())
    return _Case(row.id, row.number, row.title, row.buyer_id, row.founder_id, row.due_on, remind_on, row.amount_fen, 0)


def _look(teller: _Teller, case: _Case, steps: list[ladder.Taken], said: _Said) -> None:
    """Take the steps of one obligation, and note the day of the next."""
    _climb(teller, case, steps, said)
    _, taken = ladder.round_of(steps, case.due)
    ahead = escalation.upcoming(ladder.schedule_for(case.due, case.remind_on, today=teller.today), taken)
    following = next((one.on for one in ahead if one.on > teller.today), None)
    said.looks.append({"key": case.obligation_id, "next": following})


def _look_whole(teller: _Teller, obligation: Obligation, found: Statement, steps: list[ladder.Taken],
                said: _Said) -> None:
    """The same from the statement, which knows payments, disputes, interest and periods still running."""
    contract, left = obligation.contract, found.principal_left_fen
    if found.due is not None and left:
        _climb(teller, _Case(obligation.id, contract.number, obligation.milestone.title, contract.buyer_id,
                             contract.founder_id, found.due, found.remind_on, left, found.interest_unpaid_fen or 0),
               steps, said)
    said.looks.append({"key": obligation.id, "next": ladder.next_look(
        obligation, found, steps, today=teller.today, after=teller.today)})


def _stale(obligation: Obligation, found: Statement, today: dt.date) -> bool:
    """Whether time alone has changed what the row or the milestone says."""
    passed = any(day <= today for day in ladder.waking_days(obligation, found))
    return passed or obligation.provisional or obligation.due_on != found.due


def _contacts(session: Session, buyer_ids: Iterable[int]) -> dict[tuple[int, str], BuyerContact]:
    query = select(BuyerContact).where(BuyerContact.organisation_id.in_(list(buyer_ids)))
    return {(contact.organisation_id, contact.role): contact for contact in session.scalars(query)}


def _climb(teller: _Teller, case: _Case, steps: list[ladder.Taken], said: _Said) -> None:
    """The steps one obligation has reached; the last of them is said, the others are passed over in silence."""
    edition = ladder.in_force(teller.today)
    if edition is None:
        return
    current, taken = ladder.round_of(steps, case.due)
    schedule = ladder.schedule_for(case.due, case.remind_on, today=teller.today)
    fresh, aloud = escalation.to_take(schedule, taken, today=teller.today)
    for one in fresh:
        said.steps.append({
            "obligation_id": case.obligation_id, "step": one.rung.code, "round": current, "due_on": case.due,
            "reached_on": one.on, "taken_on": teller.today, "taken_at": teller.now, "said": one is aloud,
            "edition": edition.since, "status": StepStatus.TAKEN, "closed_on": None, "close_reason": None})
        said.changes.append(Change("step:take", "obligation", case.obligation_id, {
            "step": one.rung.code, "round": current, "due_on": case.due, "said": one is aloud,
            "told": list(one.rung.tells) if one is aloud else []}))
    if aloud is not None:
        _say(teller, case, aloud, said)


def _say(teller: _Teller, case: _Case, step: Dated, said: _Said) -> None:
    rung, late = step.rung, (teller.today - case.due).days
    kind = "late" if late > 0 else "due" if late == 0 else "before"
    facts = {"number": case.number, "milestone": case.milestone, "due_on": case.due.isoformat(),
             "left_fen": case.left_fen, "interest_fen": case.interest_fen, "days": late, "step": rung.code,
             "makes": list(rung.makes)}
    row = {"facts": facts, "link": f"/payments/{case.obligation_id}", "created_at": teller.now}
    # The due date is part of the key: a new delivery after a rejection begins a new series of steps.
    key = f"obligation:{case.obligation_id}:{rung.code}:{case.due}"
    own = [role for role in _BUYERS_OWN if role in rung.tells]
    told = [(case.buyer_id, f"payment_{kind}", own)] if own else []
    told += [(case.founder_id, f"payment_{kind}_payee", [])] if Addressee.FOUNDER in rung.tells else []
    if Addressee.OPERATOR in rung.tells and late > 0:
        told += [(operator, "payment_late_operator", []) for operator in teller.operators]
    for organisation_id, code, roles in told:
        said.notices.append({**row, "organisation_id": organisation_id, "code": code, "read_at": None,
                             "facts": facts | {"to": roles}, "dedupe_key": f"{organisation_id}:{key}"})
    said.mails += [_mail(contact, row, f"payment_{kind}", key, now=teller.now) for role in own
                   if (contact := teller.contacts.get((case.buyer_id, role)))]


def _mail(contact: BuyerContact, row: dict[str, Any], code: str, key: str, *, now: dt.datetime) -> dict[str, Any]:
    return {**row, "organisation_id": contact.organisation_id, "role": contact.role, "address": contact.email,
            "name": contact.name, "language": contact.language, "code": code, "try_after": now, "attempts": 0,
            "dedupe_key": f"{contact.organisation_id}:{contact.role}:{key}"}


def _write(session: Session, said: _Said, *, now: dt.datetime) -> int:
    """Everything a chunk says, in one statement for each table; how many notices that were."""
    session.flush()  # what was recomputed, before its next day is written
    session.connection().execute(_LOOK, said.looks)
    if not said.steps:
        return 0
    session.connection().execute(insert(EscalationStep.__table__), said.steps)  # type: ignore[arg-type]
    insert_new(session, Notice, said.notices)
    insert_new(session, Mail, said.mails)
    audit.record_all(session, said.changes, actor=SYSTEM, at=now)
    return len(said.notices)


def _nag_acceptance(session: Session, obligation: Obligation, found: Statement, *, today: dt.date,
                    now: dt.datetime) -> int:
    """The buyer hears before its acceptance period ends; both hear that the term runs without it (Art 10(2))."""
    milestone, contract = obligation.milestone, obligation.contract
    end = ladder.unnoticed_end(obligation, found)
    if end is None or today < end - dt.timedelta(days=ladder.REMIND_DAYS_BEFORE):
        return 0
    ended = today > end
    told = [(contract.buyer_id, "acceptance_ended"), (contract.founder_id, "acceptance_ended_payee")] if ended else [
        (contract.buyer_id, "acceptance_ending")]
    made = [notify(session, organisation_id, code, dedupe=f"delivery:{milestone.deliveries[-1].id}:{code}", now=now,
                   link=f"/contracts/{contract.number}", number=contract.number, milestone=milestone.title,
                   end_on=end.isoformat()) for organisation_id, code in told]
    return sum(notice is not None for notice in made)


