"""What the demo market shows of a buyer's answers: a part accepted, a bond due back, receivables confirmed and not."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.bonds import operations as bonds
from marketplace.bonds import queries as held
from marketplace.bonds.operations import Provision, Requirement
from marketplace.contracts.parts import PartAccepted, PartDelivered
from marketplace.payments import parts
from marketplace.payments import queries as obligations
from marketplace.payments.models import Obligation
from marketplace.receivables import operations as receivables
from marketplace.receivables import queries as requests
from marketplace.rules.bonds import BondInstrument, BondKind
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Act, Script, contract

IN_PARTS = ("dv-d028", "dv-p090")
BOND = ("dv-d049", "dv-p140")
CONFIRMED = ("dv-d018", "dv-p018")
NOT_ANSWERED = ("dv-d049", "dv-p140")


def place(script: Script, *, today: dt.date) -> None:
    """Add the events, all relative to the day of seeding."""
    script.add(at(today - 5 * DAY, 10), _deliver_part(script, *IN_PARTS, on=today - 5 * DAY))
    script.add(at(today - 2 * DAY, 16), _accept_part(script, IN_PARTS[0], on=today - 2 * DAY))
    ends_on = today - 3 * DAY
    script.add(at(today - 30 * DAY, 10), _require_bond(script, BOND[0], ends_on=ends_on))
    script.add(at(today - 29 * DAY, 11), _provide_bond(script, *BOND, on=today - 29 * DAY))
    script.add(at(today - 20 * DAY, 10), _ask(script, *CONFIRMED, financier="杭州银行文三支行"))
    script.add(at(today - 12 * DAY, 15), _confirm(script, CONFIRMED[0]))
    script.add(at(today - 45 * DAY, 10), _ask(script, *NOT_ANSWERED, financier=""))


def _owed(session: Session, ref: str) -> Obligation:
    found = obligations.of_milestone(session, contract(session, ref).milestones[0].id)
    assert found is not None
    return found


def _deliver_part(script: Script, ref: str, winner: str, *, on: dt.date) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        whole = contract(session, ref).milestones[0]
        part = PartDelivered("第一批交付物", whole.amount_fen * 40 // 100, on, tuple(whole.acceptance_criteria[:1]),
                             "第一批已上传交接目录，其余按计划交付。")
        parts.record_part_delivery(session, whole.id, part, actor=script.cast.founders[winner], now=now)
    return act


def _accept_part(script: Script, ref: str, *, on: dt.date) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        part = contract(session, ref).milestones[-1]
        parts.record_part_acceptance(session, part.id, PartAccepted(
            part.amount_fen * 75 // 100, on, "最后四分之一缺少核对记录，请补齐后重新交付。"),
            actor=script.cast.buyer_of[ref], now=now)
    return act


def _require_bond(script: Script, ref: str, *, ends_on: dt.date) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        made = contract(session, ref)
        wish = Requirement(BondKind.QUALITY, made.total_fen * 3 // 100, max(ends_on, made.signed_on),
                           "保证交付物在试用期内正常运行。")
        bonds.require(session, made, wish, actor=script.cast.buyer_of[ref], now=now)
    return act


def _provide_bond(script: Script, ref: str, winner: str, *, on: dt.date) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        bond = held.of_contract(session, contract(session, ref).id)[0]
        bonds.provide(session, bond, Provision(BondInstrument.BANK_GUARANTEE, f"BH{on:%Y%m%d}018", on),
                      actor=script.cast.founders[winner], now=now)
    return act


def _ask(script: Script, ref: str, winner: str, *, financier: str) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        receivables.request(session, _owed(session, ref), financier=financier, actor=script.cast.founders[winner],
                            now=now)
    return act


def _confirm(script: Script, ref: str) -> Act:
    def act(session: Session, now: dt.datetime) -> None:
        row = requests.of_obligation(session, _owed(session, ref).id)[0]
        receivables.confirm(session, row, actor=script.cast.buyer_of[ref], now=now)
    return act
