"""Complaints to the authority about an overdue obligation, and the clocks that run there.

Basis: Decree 802 Arts 24-25 (in force 2025-06-01): transferred within 10 working days of formal acceptance; the result
within 30 days of receiving the file, with approval 90 at most. The operator records what the authority did.
"""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.complaints import parties
from marketplace.complaints.models import Complaint, ComplaintNote
from marketplace.enforcement import queries as papers
from marketplace.enforcement.letters import PaperKind
from marketplace.payments.models import Obligation
from marketplace.payments.statements import open_fen, statement_of
from marketplace.rules import clocks
from marketplace.rules.clocks import Clock
from marketplace.rules.errors import NotAllowed, Problem, WrongState
from marketplace.rules.lifecycle import advance
from marketplace.rules.remedies import COMPLAINT, OPEN_COMPLAINTS, ComplaintEnd, ComplaintStatus

SYSTEM = "system"
# Until it has been handed to the authority a complaint is between the founder and the operator.
SEEN_BY_BUYER = (ComplaintStatus.SUBMITTED, ComplaintStatus.ACCEPTED, ComplaintStatus.TRANSFERRED,
                 ComplaintStatus.DECIDED)


@dataclass(frozen=True)
class Running:
    """One statutory clock of a complaint. `until` is the last day now (the extended one after an extension).

    `done_on` when it was stopped; `late` when its last day passed first; `provisional` when the day rests on a
    calendar year that is not published.
    """

    clock: Clock
    since: dt.date
    until: dt.date
    longest: dt.date | None
    article: str
    provisional: bool
    done_on: dt.date | None
    late: bool


def clocks_of(complaint: Complaint, *, today: dt.date) -> list[Running]:
    """The clocks that have begun, in their order, as of a day."""
    found = []
    if complaint.accepted_on is not None:
        found.append(_running(complaint, Clock.COMPLAINT_TRANSFER, complaint.accepted_on, complaint.transferred_on,
                              today=today))
    if complaint.received_on is not None:
        found.append(_running(complaint, Clock.COMPLAINT_RESULT, complaint.received_on, complaint.decided_on,
                              today=today))
    return found


def _running(complaint: Complaint, clock: Clock, since: dt.date, done: dt.date | None, *, today: dt.date) -> Running:
    found = clocks.deadline(clock, since, calendar=reference.calendar())
    extended = clock is Clock.COMPLAINT_RESULT and complaint.extended_on is not None and found.latest is not None
    until = found.latest if extended and found.latest is not None else found.day
    stopped = done or complaint.ended_on
    return Running(clock, since, until, found.latest, found.article, found.provisional, done,
                   late=(stopped or today) > until)


def is_late(complaint: Complaint, *, today: dt.date) -> bool:
    """Whether the authority has let a day pass that still waits."""
    return complaint.status in OPEN_COMPLAINTS and any(
        one.late and one.done_on is None for one in clocks_of(complaint, today=today))


def open_complaint(session: Session, obligation_id: int) -> Complaint | None:
    """The complaint going on about an obligation, if there is one."""
    query = select(Complaint).where(Complaint.obligation_id == obligation_id, Complaint.status.in_(OPEN_COMPLAINTS))
    return session.scalars(query).one_or_none()


def file(session: Session, obligation: Obligation, *, request: str, truthful: bool, actor: User,
         now: dt.datetime) -> Complaint:
    """The founder files a complaint here; the operator hands it to the authority with the newest complaint file.

    Raises Problems (request, truthful: Art 25 forbids false complaints), WrongState (remedy.not_overdue,
    complaint.one_is_open).
    """
    obligation = parties.hold(session, obligation, actor=actor, side="founder")
    found = parties.overdue(obligation, now=now)
    if open_complaint(session, obligation.id) is not None:
        raise WrongState("complaint.one_is_open", number=obligation.contract.number)
    parties.refuse([*parties.text_problems(request=request),
                    None if truthful else Problem("truthful", "complaint.not_confirmed")])
    paper = next((one for one in papers.papers_of(session, obligation) if one.kind == PaperKind.COMPLAINT_FILE), None)
    made = Complaint(obligation_id=obligation.id, request=request.strip(), filed_by_id=actor.id,
                     filed_on=legal_day(now), filed_at=now, file_digest=paper.sha256 if paper else None)
    session.add(made)
    return _said(session, obligation, made, "file", actor=actor, now=now, to="operator", file=made.file_digest,
                 days_late=found.overdue_days, left_fen=found.principal_left_fen)


def submit(session: Session, obligation: Obligation, complaint_id: int, *, authority: str, submitted_on: dt.date,
           actor: User, now: dt.datetime) -> Complaint:
    """The operator records that the file was handed to an authority. Raises Problems, WrongState."""
    obligation, found, following = _step(session, obligation, complaint_id, "submit", actor=actor)
    parties.refuse([*parties.text_problems(authority=authority),
                    *parties.day_problems(submitted_on=submitted_on, earliest=found.filed_on, now=now)])
    found.status, found.authority, found.submitted_on = following, authority.strip(), submitted_on
    return _said(session, obligation, found, "submit", actor=actor, now=now, authority=found.authority,
                 on=submitted_on)


def accept(session: Session, obligation: Obligation, complaint_id: int, *, accepted_on: dt.date, reference_number: str,
           actor: User, now: dt.datetime) -> Complaint:
    """The authority formally accepted: its ten working days to transfer the file begin. Raises Problems, WrongState."""
    obligation, found, following = _step(session, obligation, complaint_id, "accept", actor=actor)
    assert found.submitted_on is not None  # the table of states and the database both say so
    parties.refuse([*parties.text_problems(reference_number=reference_number),
                    *parties.day_problems(accepted_on=accepted_on, earliest=found.submitted_on, now=now)])
    found.status, found.accepted_on, found.reference = following, accepted_on, reference_number.strip()
    return _said(session, obligation, found, "accept", actor=actor, now=now, on=accepted_on,
                 reference=found.reference)


def refuse(session: Session, obligation: Obligation, complaint_id: int, *, refused_on: dt.date, note: str,
           actor: User, now: dt.datetime) -> Complaint:
    """The authority did not accept, with its reason; the founder may file a better one. Raises Problems, WrongState."""
    obligation, found, following = _step(session, obligation, complaint_id, "refuse", actor=actor)
    assert found.submitted_on is not None
    parties.refuse([*parties.text_problems(note=note),
                    *parties.day_problems(refused_on=refused_on, earliest=found.submitted_on, now=now)])
    found.status, found.ended_on, found.end_note = following, refused_on, note.strip()
    return _said(session, obligation, found, "refuse", actor=actor, now=now, on=refused_on, note=found.end_note)


def transfer(session: Session, obligation: Obligation, complaint_id: int, *, handler: str, transferred_on: dt.date,
             received_on: dt.date, actor: User, now: dt.datetime) -> Complaint:
    """The file went to the department that handles it; its thirty days run from the day it received the file.

    Raises Problems (handler, transferred_on, received_on), WrongState.
    """
    obligation, found, following = _step(session, obligation, complaint_id, "transfer", actor=actor)
    assert found.accepted_on is not None
    parties.refuse([*parties.text_problems(handler=handler),
                    *parties.day_problems(transferred_on=transferred_on, earliest=found.accepted_on, now=now),
                    *parties.day_problems(received_on=received_on, earliest=transferred_on, now=now)])
    found.status, found.handler = following, handler.strip()
    found.transferred_on, found.received_on = transferred_on, received_on
    return _said(session, obligation, found, "transfer", actor=actor, now=now, handler=found.handler,
                 on=transferred_on, received_on=received_on)


def extend(session: Session, obligation: Obligation, complaint_id: int, *, extended_on: dt.date, note: str,
           actor: User, now: dt.datetime) -> Complaint:
    """The handling department was allowed longer, once: ninety days at most (Art 25). Raises Problems, WrongState."""
    obligation, found, _ = _step(session, obligation, complaint_id, "extend", actor=actor)
    assert found.received_on is not None
    if found.extended_on is not None:
        raise WrongState("complaint.extended_before")
    parties.refuse([*parties.text_problems(note=note),
                    *parties.day_problems(extended_on=extended_on, earliest=found.received_on, now=now)])
    found.extended_on = extended_on
    return _said(session, obligation, found, "extend", actor=actor, now=now, on=extended_on, note=note.strip())


def decide(session: Session, obligation: Obligation, complaint_id: int, *, decided_on: dt.date, result: str,
           actor: User, now: dt.datetime) -> Complaint:
    """The written result. Raises Problems (decided_on, result), WrongState."""
    obligation, found, following = _step(session, obligation, complaint_id, "decide", actor=actor)
    assert found.received_on is not None
    parties.refuse([*parties.text_problems(result=result),
                    *parties.day_problems(decided_on=decided_on, earliest=found.received_on, now=now)])
    found.status, found.decided_on, found.result = following, decided_on, result.strip()
    return _said(session, obligation, found, "decide", actor=actor, now=now, on=decided_on, result=found.result)


def note(session: Session, obligation: Obligation, complaint_id: int, *, on: dt.date, text: str, actor: User,
         now: dt.datetime) -> ComplaintNote:
    """The operator notes progress. Raises Problems (on, text), WrongState once the complaint has ended."""
    obligation = parties.hold(session, obligation, actor=actor, side="operator")
    found = parties.part(session, obligation, Complaint, complaint_id)
    advance(COMPLAINT, found.status, "close")  # what can still be closed is still going on
    parties.refuse([*parties.text_problems(text=text), *parties.day_problems(on=on, earliest=found.filed_on, now=now)])
    made = ComplaintNote(complaint=found, on=on, text=text.strip(), recorded_by_id=actor.id, recorded_at=now)
    session.add(made)
    session.flush()
    _said(session, obligation, found, "note", actor=actor, now=now, key=str(made.id), to="founder", on=on,
          text=made.text)
    return made


def withdraw(session: Session, obligation: Obligation, complaint_id: int, *, note: str = "", actor: User,
             now: dt.datetime) -> Complaint:
    """The founder takes it back. Raises WrongState."""
    obligation = parties.hold(session, obligation, actor=actor, side="founder")
    return _end(session, obligation, complaint_id, "withdraw", note=note, actor=actor, now=now)


def close(session: Session, obligation: Obligation, complaint_id: int, *, reason: str, note: str, actor: User,
          now: dt.datetime) -> Complaint:
    """The founder or the operator closes it: paid, settled between the sides, or decided.

    Raises Problems (reason, note), WrongState (complaint.not_paid, complaint.not_decided), NotAllowed for the buyer.
    """
    side = parties.side_of(obligation, actor)
    if side == "buyer":
        raise NotAllowed("contract.other_side", side="founder")
    obligation = parties.hold(session, obligation, actor=actor, side=side)
    parties.refuse([*parties.text_problems(note=note),
                    None if reason in set(ComplaintEnd) else Problem("reason", "field.not_a_choice")])
    found = parties.part(session, obligation, Complaint, complaint_id)
    if reason == ComplaintEnd.PAID and obligation.settled_on is None:
        raise WrongState("complaint.not_paid", open_fen=open_fen(statement_of(obligation, as_of=legal_day(now))))
    if reason == ComplaintEnd.DECISION and found.status != ComplaintStatus.DECIDED:
        raise WrongState("complaint.not_decided")
    return _end(session, obligation, complaint_id, "close", note=note, reason=reason, actor=actor, now=now)


def close_paid(session: Session, obligation: Obligation, *, today: dt.date, now: dt.datetime) -> bool:
    """Close the complaint of an obligation whose principal and interest are all paid; whether there was one."""
    found = open_complaint(session, obligation.id)
    if found is None or obligation.settled_on is None or open_fen(statement_of(obligation, as_of=today)):
        return False
    _end(session, obligation, found.id, "close", reason=ComplaintEnd.PAID, note="", actor=SYSTEM, now=now)
    return True


def _end(session: Session, obligation: Obligation, complaint_id: int, action: str, *, note: str,
         reason: str | None = None, actor: User | str, now: dt.datetime) -> Complaint:
    found = parties.part(session, obligation, Complaint, complaint_id)
    told = "both operator" if found.status in SEEN_BY_BUYER else "founder operator"
    following = advance(COMPLAINT, found.status, action)
    found.close_reason, found.ended_on, found.end_note = reason, legal_day(now), note.strip()
    found.status = following
    return _said(session, obligation, found, action, actor=actor, now=now, to=told, reason=reason,
                 note=found.end_note)


def _step(session: Session, obligation: Obligation, complaint_id: int, action: str, *,
          actor: User) -> tuple[Obligation, Complaint, ComplaintStatus]:
    """A complaint held for a step the operator records, and the status that follows."""
    obligation = parties.hold(session, obligation, actor=actor, side="operator")
    found = parties.part(session, obligation, Complaint, complaint_id)
    return obligation, found, ComplaintStatus(advance(COMPLAINT, found.status, action))


def _said(session: Session, obligation: Obligation, found: Complaint, action: str, *, actor: User | str,
          now: dt.datetime, to: str = "both", key: str = "", **facts: object) -> Complaint:
    audit.record(session, f"complaint:{action}", found, actor=actor, at=now, obligation=obligation.id, **facts)
    parties.tell(session, obligation, f"complaint_{action}", key or str(found.id), to=to, now=now)
    return found
