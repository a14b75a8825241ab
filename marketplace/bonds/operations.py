"""Bond verbs: ask for, waive, provide, give back, and the founder's answer. Basis: Decree 802 Art 13 (2025-06-01)."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts.models import User
from marketplace.bonds import queries
from marketplace.bonds.models import Bond
from marketplace.clock import legal_day
from marketplace.contracts.holding import check, day_problems, note_problems, side_of
from marketplace.contracts.models import Contract
from marketplace.db import lock
from marketplace.notices.operations import notify
from marketplace.rules import bonds as law
from marketplace.rules import lifecycle
from marketplace.rules.bonds import BondInstrument, BondKind
from marketplace.rules.errors import NotAllowed, Problem, WrongState
from marketplace.rules.lifecycle import BOND, BondStatus

LONGEST_DAYS = 3650
MOST_REFERENCE = 200


@dataclass(frozen=True)
class Requirement:
    """A bond as its buyer asks for it. The way it is provided is the founder's choice and not asked for here.

    `ends_on` is the last day of the period it secures; a bid bond's is the day of signing whatever is given.
    """

    kind: BondKind
    amount_fen: int
    ends_on: dt.date
    purpose: str = ""


@dataclass(frozen=True)
class Provision:
    """How the founder provides a bond: cash, or a guarantee of a financial institution, with its number."""

    instrument: BondInstrument
    reference: str
    provided_on: dt.date


def require(session: Session, contract: Contract, wanted: Requirement, *, actor: User, now: dt.datetime) -> Bond:
    """The buyer asks for a bond within the cap of its kind.

    Raises Problems (amount_fen: over the cap with the bonds asked for before; ends_on; purpose), WrongState.
    """
    contract = _held(session, contract, actor=actor, side="buyer")
    signed_on = contract.signed_on
    assert signed_on is not None  # _held lets signed contracts through only
    ends_on = signed_on if wanted.kind == BondKind.BID else wanted.ends_on
    base = base_fen(contract, wanted.kind)
    asked = sum(bond.amount_fen for bond in queries.of_contract(session, contract.id)
                if bond.kind == wanted.kind and bond.status != BondStatus.WAIVED)
    check([*law.problems(wanted.kind, wanted.amount_fen, asked_before_fen=asked, base_fen=base, on=legal_day(now)),
           *_period_problems(ends_on, signed_on), *note_problems("purpose", wanted.purpose)])
    back = law.return_by(wanted.kind, ends_on, calendar=reference.calendar())
    bond = Bond(contract=contract, kind=wanted.kind, amount_fen=wanted.amount_fen, base_fen=base,
                purpose=wanted.purpose.strip(), ends_on=ends_on, return_by=back.day, provisional=back.provisional,
                required_by_id=actor.id, required_at=now)
    session.add(bond)
    audit.record(session, "bond:require", bond, actor=actor, at=now, kind=bond.kind, amount_fen=bond.amount_fen,
                 contract=contract.id, ends_on=ends_on, return_by=back.day)
    _tell(session, bond, contract.founder_id, "bond_required", now=now)
    return bond


def base_fen(contract: Contract, kind: BondKind) -> int:
    """What the cap of a kind is a percentage of: the published budget for bid bonds, else the contract's total."""
    return contract.demand.budget_fen if kind == BondKind.BID else contract.total_fen


def waive(session: Session, bond: Bond, *, actor: User, now: dt.datetime) -> Bond:
    """The buyer no longer asks for a bond that was not provided. Raises WrongState."""
    bond = _held_bond(session, bond, actor=actor, side="buyer")
    bond.status = lifecycle.advance(BOND, bond.status, "waive")
    audit.record(session, "bond:waive", bond, actor=actor, at=now)
    _tell(session, bond, bond.contract.founder_id, "bond_waived", now=now)
    return bond


def provide(session: Session, bond: Bond, given: Provision, *, actor: User, now: dt.datetime) -> Bond:
    """The founder provides a bond, in the form it chooses; nobody else accepts or refuses the form (Art 13(2)).

    Raises Problems (reference, provided_on), WrongState.
    """
    bond = _held_bond(session, bond, actor=actor, side="founder")
    following = lifecycle.advance(BOND, bond.status, "provide")
    check([*_reference_problems("reference", given.reference),
           *day_problems("provided_on", given.provided_on, earliest=legal_day(bond.contract.demand.created_at),
                          now=now)])
    bond.status, bond.instrument, bond.provided_on = following, given.instrument, given.provided_on
    bond.instrument_reference = given.reference.strip()
    audit.record(session, "bond:provide", bond, actor=actor, at=now, instrument=bond.instrument,
                 reference=bond.instrument_reference, provided_on=bond.provided_on)
    _tell(session, bond, bond.contract.buyer_id, "bond_provided", now=now)
    return bond


def notify_return(session: Session, bond: Bond, *, on: dt.date, reference: str, actor: User,
                  now: dt.datetime) -> Bond:
    """The buyer says that it gave a bond back; the founder answers. Raises Problems (returned_on, return_reference),
    WrongState."""
    bond = _held_bond(session, bond, actor=actor, side="buyer")
    following = lifecycle.advance(BOND, bond.status, "notify_return")
    assert bond.provided_on is not None  # a bond that can be returned was provided
    check([*_reference_problems("return_reference", reference),
           *day_problems("returned_on", on, earliest=bond.provided_on, now=now)])
    bond.status, bond.returned_on, bond.return_reference = following, on, reference.strip()
    audit.record(session, "bond:notify_return", bond, actor=actor, at=now, returned_on=on,
                 reference=bond.return_reference)
    _tell(session, bond, bond.contract.founder_id, "bond_return_notified", now=now)
    return bond


def confirm_return(session: Session, bond: Bond, *, actor: User, now: dt.datetime) -> Bond:
    """The founder has its bond back. Raises WrongState."""
    bond = _held_bond(session, bond, actor=actor, side="founder")
    bond.status, bond.answer_note = lifecycle.advance(BOND, bond.status, "confirm_return"), None
    audit.record(session, "bond:confirm_return", bond, actor=actor, at=now, returned_on=bond.returned_on,
                 days_late=days_late(bond, as_of=legal_day(now)))
    _tell(session, bond, bond.contract.buyer_id, "bond_returned", now=now)
    return bond


def contradict_return(session: Session, bond: Bond, *, note: str, actor: User, now: dt.datetime) -> Bond:
    """The founder does not have it back: it is held as before. Raises Problems (note), WrongState."""
    bond = _held_bond(session, bond, actor=actor, side="founder")
    following = lifecycle.advance(BOND, bond.status, "contradict_return")
    check(note_problems("note", note, required=True))
    audit.record(session, "bond:contradict_return", bond, actor=actor, at=now, returned_on=bond.returned_on,
                 note=note.strip())
    bond.status, bond.returned_on, bond.return_reference, bond.answer_note = following, None, None, note.strip()
    _tell(session, bond, bond.contract.buyer_id, "bond_return_contradicted", now=now)
    return bond


def days_late(bond: Bond, *, as_of: dt.date) -> int:
    """Days past the last day for the return of a bond that was provided; what the buyer only says does not count."""
    if bond.status in (BondStatus.REQUIRED, BondStatus.WAIVED):
        return 0
    returned = bond.returned_on if bond.status == BondStatus.RETURNED else None
    return law.days_late(bond.return_by, returned_on=returned, as_of=as_of)


def _held(session: Session, contract: Contract, *, actor: User, side: str) -> Contract:
    contract = lock(session, Contract, contract.id)
    if side_of(contract, actor) != side:
        raise NotAllowed("contract.other_side", side=side)
    if contract.signed_on is None:
        raise WrongState("contract.not_signed", number=contract.number)
    return contract


def _held_bond(session: Session, bond: Bond, *, actor: User, side: str) -> Bond:
    _held(session, bond.contract, actor=actor, side=side)
    return lock(session, Bond, bond.id)


def _period_problems(ends_on: dt.date, signed_on: dt.date) -> list[Problem]:
    last = signed_on + dt.timedelta(days=LONGEST_DAYS)
    if signed_on <= ends_on <= last:
        return []
    return [Problem("ends_on", "bond.period_out_of_range", {"first": signed_on, "last": last})]


def _reference_problems(field: str, text: str) -> list[Problem]:
    if not text.strip():
        return [Problem(field, "field.required")]
    if len(text) > MOST_REFERENCE:
        return [Problem(field, "field.too_long", {"most": MOST_REFERENCE, "length": len(text)})]
    return []


def _tell(session: Session, bond: Bond, organisation_id: int, code: str, *, now: dt.datetime) -> None:
    notify(session, organisation_id, code, dedupe=f"{code}:{bond.id}:{now.isoformat()}", now=now,
           link=f"/contracts/{bond.contract.number}/bonds", number=bond.contract.number, amount_fen=bond.amount_fen,
           return_by=bond.return_by.isoformat())
