"""Guessing passwords: after eight failures with an address it is refused for a quarter of an hour."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.accounts import operations, queries
from marketplace.audit import operations as audit
from marketplace.db import make_engine, transaction
from tests.integration.founders.people import NOW

MINUTE = dt.timedelta(minutes=1)


def fail(session: Session, times: int, *, email: str = "li@example.com", now: dt.datetime = NOW) -> None:
    for _ in range(times):
        operations.note_sign_in(session, email, succeeded=False, now=now)


def refused(session: Session, *, email: str = "li@example.com", now: dt.datetime = NOW) -> bool:
    return queries.refused_until(session, email, now=now) is not None


def test_the_eighth_failure_closes_the_address_for_a_quarter_of_an_hour_whatever_its_capitals(session: Session) -> None:
    fail(session, 7)
    assert not refused(session)
    fail(session, 1, email="LI@example.com ")
    assert refused(session, now=NOW + 14 * MINUTE)
    assert not refused(session, now=NOW + 15 * MINUTE)
    assert not refused(session, email="wang@example.com")
    [told] = audit.latest(session, limit=1)
    assert told.action == "sign_in:refuse"
    assert "li@" not in told.facts + told.object_id


def test_failures_more_than_a_quarter_of_an_hour_apart_do_not_add_up(session: Session) -> None:
    fail(session, 7)
    fail(session, 7, now=NOW + 15 * MINUTE)
    assert not refused(session, now=NOW + 15 * MINUTE)


def test_a_successful_sign_in_forgets_the_failures(session: Session) -> None:
    fail(session, 7)
    operations.note_sign_in(session, "li@example.com", succeeded=True, now=NOW)
    fail(session, 7)
    assert not refused(session)


def test_old_failures_are_not_kept(session: Session) -> None:
    from marketplace.accounts.models import SignInThrottle

    for number in range(5):
        fail(session, 1, email=f"nobody{number}@example.com")
    fail(session, 1, now=NOW + dt.timedelta(days=2))
    assert session.query(SignInThrottle).count() == 1


def fail_in_process(database_url: str) -> None:
    engine = make_engine(database_url)
    for _ in range(4):
        with transaction(engine) as session:
            operations.note_sign_in(session, "li@example.com", succeeded=False, now=NOW)
    engine.dispose()


def test_failures_from_several_processes_all_count(engine, run_in_processes) -> None:
    run_in_processes(fail_in_process, [(), ()])
    with Session(engine) as session:
        assert refused(session)
