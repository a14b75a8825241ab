"""Two at the same moment, each in a process of its own: one wins, nothing is lost."""
from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.contracts import operations as contracts
from marketplace.contracts.models import Contract
from marketplace.db import make_engine, transaction
from marketplace.payments import operations as payments
from marketplace.payments.models import Obligation, Payment
from marketplace.payments.operations import PaymentNote
from tests.integration.payments.world import World, noon, on


def prepare(url: str, work) -> None:
    engine = make_engine(url)
    with transaction(engine) as session:
        work(World(session))
    engine.dispose()


def person(session: Session, name: str) -> User:
    return session.scalars(select(User).filter_by(email=f"{name}@example.com")).one()


def confirm(url: str, who: str) -> str:
    engine = make_engine(url)
    with transaction(engine) as session:
        contract = session.scalars(select(Contract)).one()
        return contracts.confirm(session, contract, seen_hash=contract.text_hash, actor=person(session, who),
                                 now=noon("2025-06-20")).status


def notify(url: str, reference: str, amount_fen: int) -> int:
    engine = make_engine(url)
    with transaction(engine) as session:
        owed = session.scalars(select(Obligation)).one()
        return payments.notify_payment(session, owed, PaymentNote(amount_fen, on("2025-07-10"), reference),
                                       actor=person(session, "buyer"), now=noon("2025-07-10")).id


def confirm_payment(url: str) -> str:
    engine = make_engine(url)
    with transaction(engine) as session:
        payment = session.scalars(select(Payment)).one()
        return payments.confirm_payment(session, payment.id, actor=person(session, "founder"),
                                        now=noon("2025-07-11")).status


def test_both_sides_confirm_at_once_and_the_contract_is_signed(database_url: str, run_in_processes) -> None:
    prepare(database_url, lambda world: world.drafted())
    outcomes = run_in_processes(confirm, [("buyer",), ("founder",)])
    assert sorted(outcome.value for outcome in outcomes) == ["active", "pending"]


def test_one_bank_reference_is_one_payment_and_two_are_not_more_than_is_open(database_url: str,
                                                                            run_in_processes) -> None:
    prepare(database_url, lambda world: world.delivered(world.signed(at="2025-06-20"), "2025-07-08"))
    outcomes = run_in_processes(notify, [("ICBC-1", 4_000_000), ("ICBC-1", 4_000_000)])
    assert sorted(outcome.refused or "made" for outcome in outcomes) == ["made", "payment.reference_taken"]
    outcomes = run_in_processes(notify, [("ICBC-2", 5_000_000), ("ICBC-3", 5_000_000)])
    assert sorted(outcome.refused or "made" for outcome in outcomes) == ["made", "payment.more_than_open"]


def test_a_payment_is_confirmed_once(database_url: str, run_in_processes) -> None:
    prepare(database_url, lambda world: world.notified(
        world.delivered(world.signed(at="2025-06-20"), "2025-07-08"), "2025-07-08", 10_000_000))
    outcomes = run_in_processes(confirm_payment, [(), ()])
    assert sorted(outcome.refused or outcome.value for outcome in outcomes) == ["confirmed", "payment.wrong_state"]
