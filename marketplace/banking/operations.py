"""Bank statement verbs: lines taken in once, matched by a person, set aside. Money is recorded, never held."""
from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.banking.models import BankLine, BankMatch, BankStatement
from marketplace.clock import legal_day
from marketplace.db import lock
from marketplace.payments import operations as payments
from marketplace.payments import queries as payables
from marketplace.payments.models import Payment
from marketplace.payments.operations import PaymentNote
from marketplace.rules.bank_matching import Part
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import PaymentStatus

IN, OUT = "in", "out"
DIRECTION = {Role.FOUNDER: IN, Role.BUYER: OUT}
MOST_NOTE = 200
_DEAD = (PaymentStatus.CONTRADICTED, PaymentStatus.REVERSED)


@dataclass(frozen=True)
class LineDraft:
    """One transfer as a file says it; `row` is where."""

    booked_on: dt.date
    amount_fen: int
    counterparty: str = ""
    remark: str = ""
    reference: str = ""
    row: int = 0

    @property
    def fingerprint(self) -> str:
        """The same transfer in another file: by its bank reference, without one by everything the bank says."""
        said = (self.reference,) if self.reference else ("", self.counterparty, self.remark)
        text = "\n".join((self.booked_on.isoformat(), str(self.amount_fen), *said))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class FileDraft:
    """What a file holds for one direction; `other_lines` counts what went the other way."""

    filename: str
    file_hash: str
    lines: tuple[LineDraft, ...]
    other_lines: int = 0


def direction_of(actor: User) -> str:
    """"in" for a founder, "out" for a buyer. Raises NotAllowed."""
    found = DIRECTION.get(Role(actor.role))
    if found is None:
        raise NotAllowed("bank.only_parties")
    return found


def take_in(session: Session, draft: FileDraft, *, actor: User, now: dt.datetime) -> BankStatement:
    """Store the lines of a file that are not known yet. The same file again changes nothing.

    Raises NotAllowed, Problems (a day in the future, with its row).
    """
    direction, today = direction_of(actor), legal_day(now)
    late = [Problem("date", "bank.day_in_future", {"day": line.booked_on, "today": today}, line.row)
            for line in draft.lines if line.booked_on > today]
    if late:
        raise Problems(late)
    known = _known(session, actor.organisation_id, direction, [line.fingerprint for line in draft.lines])
    statement = BankStatement(
        organisation_id=actor.organisation_id, direction=direction, filename=draft.filename[:200],
        file_hash=draft.file_hash, new_lines=0, known_lines=0, other_lines=draft.other_lines,
        uploaded_by_id=actor.id, uploaded_at=now)
    session.add(statement)
    seen: Counter[str] = Counter()
    for line in draft.lines:
        seen[line.fingerprint] += 1
        if (line.fingerprint, seen[line.fingerprint]) in known:
            statement.known_lines += 1
            continue
        statement.new_lines += 1
        session.add(BankLine(
            statement=statement, organisation_id=actor.organisation_id, direction=direction, booked_on=line.booked_on,
            amount_fen=line.amount_fen, counterparty=line.counterparty[:200], remark=line.remark[:500],
            reference=line.reference[:200], fingerprint=line.fingerprint, occurrence=seen[line.fingerprint]))
    audit.record(session, "bank_statement:take_in", statement, actor=actor, at=now, file_hash=draft.file_hash,
                 new_lines=statement.new_lines, known_lines=statement.known_lines, other_lines=draft.other_lines)
    return statement


def _known(session: Session, organisation_id: int, direction: str, prints: Sequence[str]) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for start in range(0, len(prints), 500):
        query = select(BankLine.fingerprint, BankLine.occurrence).where(
            BankLine.organisation_id == organisation_id, BankLine.direction == direction,
            BankLine.fingerprint.in_(prints[start:start + 500]))
        found |= {(fingerprint, occurrence) for fingerprint, occurrence in session.execute(query)}
    return found


def left_fen(line: BankLine) -> int:
    """What of a line is not matched to a payment that stands."""
    return line.amount_fen - sum(match.amount_fen for match in line.matches if match.payment.status not in _DEAD)


def match(session: Session, line_id: int, parts: Iterable[Part], *, actor: User, now: dt.datetime) -> list[Payment]:
    """Say what a line is. The buyer thereby notifies payments; the founder confirms them, notified or not.

    Raises NotFound, WrongState (bank.line_set_aside, bank.wrong_payment), Problems (bank.more_than_line, and what
    notifying and confirming raise).
    """
    line = held(session, line_id, actor=actor)
    if line.set_aside_at is not None:
        raise WrongState("bank.line_set_aside", id=line.id)
    wanted, left = list(parts), left_fen(line)
    total = sum(part.amount_fen for part in wanted)
    if not wanted or any(part.amount_fen <= 0 for part in wanted):
        raise Problems([Problem("amount_fen", "money.zero")])
    if total > left:
        raise Problems([Problem("amount_fen", "bank.more_than_line", {"left_fen": left, "amount_fen": total})])
    made = [_book(session, line, part, actor=actor, now=now) for part in wanted]
    for part, payment in zip(wanted, made, strict=True):
        line.matches.append(BankMatch(payment=payment, amount_fen=part.amount_fen, matched_by_id=actor.id,
                                      matched_at=now))
    audit.record(session, "bank_line:match", line, actor=actor, at=now,
                 payments=[[payment.id, part.amount_fen] for part, payment in zip(wanted, made, strict=True)])
    return made


def _book(session: Session, line: BankLine, part: Part, *, actor: User, now: dt.datetime) -> Payment:
    obligation = payables.for_party(session, part.obligation_id, actor=actor)
    if part.payment_id is not None:
        payment = payables.payment_of(obligation, part.payment_id)
        if line.direction != IN or payment.amount_fen != part.amount_fen:
            raise WrongState("bank.wrong_payment", amount_fen=payment.amount_fen, part_fen=part.amount_fen)
        return payments.confirm_payment(session, payment.id, actor=actor, now=now)
    note = PaymentNote(part.amount_fen, line.booked_on, line.reference or f"{line.booked_on:%Y%m%d}-{line.id}")
    if line.direction == IN:
        return payments.record_receipt(session, obligation, note, actor=actor, now=now)
    return payments.notify_payment(session, obligation, note, actor=actor, now=now)


def set_aside(session: Session, line_id: int, *, note: str, actor: User, now: dt.datetime) -> BankLine:
    """A line that has nothing to do with this market, with a reason. Raises NotFound, Problems, WrongState."""
    line = held(session, line_id, actor=actor)
    if line.set_aside_at is not None or left_fen(line) < line.amount_fen:
        raise WrongState("bank.line_decided", id=line.id)
    if not note.strip():
        raise Problems([Problem("note", "field.required")])
    if len(note.strip()) > MOST_NOTE:
        raise Problems([Problem("note", "field.too_long", {"most": MOST_NOTE, "length": len(note.strip())})])
    line.set_aside_at, line.set_aside_note = now, note.strip()
    audit.record(session, "bank_line:set_aside", line, actor=actor, at=now, note=line.set_aside_note)
    return line


def take_back(session: Session, line_id: int, *, actor: User, now: dt.datetime) -> BankLine:
    """A line that was set aside is to be matched after all. Raises NotFound, WrongState."""
    line = held(session, line_id, actor=actor)
    if line.set_aside_at is None:
        raise WrongState("bank.line_decided", id=line.id)
    line.set_aside_at = line.set_aside_note = None
    audit.record(session, "bank_line:take_back", line, actor=actor, at=now)
    return line


def held(session: Session, line_id: int, *, actor: User) -> BankLine:
    """A line of the actor's own organisation, locked. Raises NotFound."""
    found = session.get(BankLine, line_id)
    if found is None or found.organisation_id != actor.organisation_id:
        raise NotFound("not_found", what="bank_line", id=line_id)
    line = lock(session, BankLine, line_id)
    session.expire(line, ["matches"])
    return line
