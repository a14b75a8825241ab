"""Two people acting at the same moment never lose each other's change, on either database."""
from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from marketplace.db import lock, make_engine, transaction
from marketplace.rules.errors import Invalid
from tests.races import Outcome

TIMES = 25
PROCESSES = 3


class TestBase(DeclarativeBase):
    """Tables of this module only."""

    __test__ = False


class Stock(TestBase):
    """A number that several processes count down."""

    __tablename__ = "stock"
    id: Mapped[int] = mapped_column(primary_key=True)
    left: Mapped[int]


def take_one_at_a_time(database_url: str, times: int) -> int:
    """Read, subtract one, write: the step that loses updates when it is not protected."""
    engine = make_engine(database_url)
    for _ in range(times):
        with transaction(engine) as session:
            stock = lock(session, Stock, 1)
            stock.left -= 1
    engine.dispose()
    return times


def refuse_the_odd(database_url: str, number: int) -> int:
    if number % 2:
        raise Invalid("number.odd", number=number)
    return number


def test_no_change_is_lost_between_processes(
    database_url: str, run_in_processes: Callable[..., list[Outcome]]
) -> None:
    engine = make_engine(database_url)
    TestBase.metadata.create_all(engine)
    with transaction(engine) as session:
        session.add(Stock(id=1, left=PROCESSES * TIMES))

    taken = run_in_processes(take_one_at_a_time, [(TIMES,)] * PROCESSES)

    with transaction(engine) as session:
        assert lock(session, Stock, 1).left == 0
    engine.dispose()
    assert taken == [Outcome(value=TIMES)] * PROCESSES


def test_a_race_reports_who_was_refused_and_why(
    run_in_processes: Callable[..., list[Outcome]],
) -> None:
    assert run_in_processes(refuse_the_odd, [(1,), (2,)]) == [
        Outcome(refused="number.odd"), Outcome(value=2)
    ]
