"""Two rounds at the same moment, each in a process of its own: everything is said once."""
from __future__ import annotations

from sqlalchemy import func, select

from marketplace.audit import operations as audit
from marketplace.db import make_engine, transaction
from marketplace.enforcement.models import EscalationStep
from marketplace.notices.models import Notice
from marketplace.payments import operations as payments
from marketplace.payments import queries, tick
from marketplace.payments.models import Obligation, Payment
from tests.integration.payments.test_races import person, prepare
from tests.integration.payments.world import World, noon, on

MANY = 30
DAY = "2025-09-08"  # seven days late


def owing(world: World) -> None:
    for _ in range(MANY):
        world.delivered(world.signed(at="2025-06-16"), "2025-07-01")


def round_of_the_day(url: str, chunk: int) -> int:
    """The round as the job does it, chunk by chunk; how many notices it wrote."""
    queries.CHUNK = chunk
    engine, written = make_engine(url), 0
    while True:
        with transaction(engine) as session:
            found = tick.take(session, today=on(DAY), now=noon(DAY))
        if not found["obligations"]:
            return written
        written += found["reminders"]


def confirm_all(url: str, chunk: int) -> int:
    """A founder confirms payments while the round is running."""
    engine, confirmed = make_engine(url), 0
    with transaction(engine) as session:
        waiting = list(session.scalars(select(Payment.id).order_by(Payment.id)))
    for payment_id in waiting:
        with transaction(engine) as session:
            payments.confirm_payment(session, payment_id, actor=person(session, "founder"), now=noon(DAY))
        confirmed += 1
    return confirmed


def counted(url: str, *queried: object) -> list[int]:
    engine = make_engine(url)
    with transaction(engine) as session:
        found = [session.scalar(query) for query in queried]
        assert audit.verify(session).intact
    engine.dispose()
    return found


def test_two_rounds_at_once_say_everything_once(database_url: str, run_in_processes) -> None:
    prepare(database_url, owing)
    outcomes = run_in_processes(round_of_the_day, [(4,), (7,)])
    assert sum(outcome.value for outcome in outcomes) == 3 * MANY  # buyer, founder and operator, once each
    late = select(func.count()).select_from(Notice).where(Notice.code.like("payment_late%"))
    assert counted(database_url, late, select(func.count()).select_from(EscalationStep)) == [3 * MANY, 5 * MANY]


def owing_and_paid(world: World) -> None:
    owing(world)
    for owed in world.session.scalars(select(Obligation).limit(MANY // 2)):
        world.notified(owed, DAY, owed.amount_fen, reference=f"ICBC-{owed.id}")


def test_payments_confirmed_during_the_round_end_what_it_says(database_url: str, run_in_processes) -> None:
    prepare(database_url, owing_and_paid)
    run_in_processes(_either, [("round",), ("confirm",)])
    run_in_processes(_either, [("round",)])
    settled = select(func.count()).select_from(Obligation).where(Obligation.settled_on.is_not(None))
    open_steps = select(func.count(EscalationStep.obligation_id.distinct())).where(EscalationStep.status == "taken")
    assert counted(database_url, settled, open_steps) == [MANY // 2, MANY - MANY // 2]


def _either(url: str, what: str) -> int:
    return round_of_the_day(url, 5) if what == "round" else confirm_all(url, 5)
