"""The daily round happens once for each day and every step is told once, however many processes try."""
from __future__ import annotations

import datetime as dt

from marketplace.accounts.operations import Registration, register
from marketplace.db import make_engine, reading, transaction
from marketplace.notices import operations as notices
from marketplace.rules import uscc

NOW = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 2)


def someone(url: str) -> int:
    """An organisation that can be told something."""
    engine = make_engine(url)
    with transaction(engine) as session:
        user = register(session, Registration(
            uscc=uscc.complete("9111010812345678"), organisation="一人公司", role="founder", email="a@b.example",
            display_name="甲", password_hash=None, size_class="micro"), now=NOW)
        organisation_id = user.organisation_id
    engine.dispose()
    return organisation_id


def daily_round(url: str, organisation_id: int) -> bool:
    """The round of one day that tells one thing; whether it had been done before."""
    engine = make_engine(url)
    with transaction(engine) as session:
        outcome = notices.once_a_day(session, "tick", DAY, now=NOW, work=lambda: {
            "told": notices.notify(session, organisation_id, "invitation", dedupe="x", now=NOW) is not None})
    engine.dispose()
    return bool(outcome.get("done_before"))


def tell(url: str, organisation_id: int) -> bool:
    """Whether this process was the one that told."""
    engine = make_engine(url)
    with transaction(engine) as session:
        told = notices.notify(session, organisation_id, "invitation", dedupe="y", now=NOW) is not None
    engine.dispose()
    return told


def test_three_rounds_at_once_are_one(run_in_processes, database_url) -> None:
    who = someone(database_url)
    outcomes = run_in_processes(daily_round, [(who,)] * 3)
    assert sorted(outcome.value for outcome in outcomes) == [False, True, True]
    engine = make_engine(database_url)
    with reading(engine) as session:
        assert len(notices.inbox(session, who)) == 1
    engine.dispose()


def test_two_processes_with_the_same_news_tell_it_once(run_in_processes, database_url) -> None:
    who = someone(database_url)
    outcomes = run_in_processes(tell, [(who,)] * 2)
    assert sorted(outcome.value for outcome in outcomes) == [False, True]
