"""The audit chain: what was changed, removed or moved behind our back is found and named."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.audit.models import AuditEntry
from marketplace.db import make_engine, transaction

NOW = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)


@pytest.fixture
def chain(engine):
    """Five entries about one demand."""
    with transaction(engine) as session:
        for number in range(1, 6):
            audit.record(session, "demand:edit", ("demand", 7), actor="system", at=NOW, version=number, 标题="找漏水")
    return engine


def look(engine, **options) -> audit.Verdict:
    with Session(engine) as session:
        return audit.verify(session, **options)


def tamper(engine, *statements) -> None:
    with transaction(engine) as session:
        for statement in statements:
            session.execute(statement)


def test_an_untouched_chain_is_intact_and_counts_every_entry(chain) -> None:
    found = look(chain)
    assert (found.intact, found.entries) == (True, 5)


def test_an_empty_chain_is_intact(engine) -> None:
    assert look(engine).intact


@pytest.mark.parametrize("column", ["actor", "action", "object_id", "facts", "at"])
def test_a_changed_entry_is_named(chain, column) -> None:
    value = NOW + dt.timedelta(days=1) if column == "at" else "别人"
    tamper(chain, update(AuditEntry).where(AuditEntry.seq == 3).values({column: value}))
    assert (look(chain).seq, look(chain).reason) == (3, "changed")


def test_a_removed_entry_is_named(chain) -> None:
    tamper(chain, delete(AuditEntry).where(AuditEntry.seq == 2))
    assert (look(chain).seq, look(chain).reason) == (3, "removed")


def test_an_entry_cut_off_at_the_end_is_found(chain) -> None:
    tamper(chain, delete(AuditEntry).where(AuditEntry.seq == 5))
    assert (look(chain).seq, look(chain).reason) == (5, "truncated")


def test_two_entries_that_changed_places_are_found(chain) -> None:
    tamper(chain, *[update(AuditEntry).where(AuditEntry.seq == old).values(seq=new)
                    for old, new in ((2, 99), (4, 2), (99, 4))])
    assert (look(chain).seq, look(chain).reason) == (2, "reordered")


def test_a_forger_who_rewrites_the_whole_tail_is_caught_by_an_anchor_kept_elsewhere(chain) -> None:
    before = look(chain)
    tamper(chain, delete(AuditEntry).where(AuditEntry.seq == 5),
           text("UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit_entry WHERE seq = 4)"))
    assert look(chain).intact, "the shortened chain agrees with itself"
    assert look(chain, anchor=(before.entries, before.head)).reason == "truncated"


def test_an_entry_shares_the_fate_of_its_change(engine) -> None:
    def a_change_that_fails() -> None:
        with transaction(engine) as session:
            audit.record(session, "demand:edit", ("demand", 1), actor="system", at=NOW)
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        a_change_that_fails()
    assert look(engine).entries == 0


def write_entries(database_url: str, who: int) -> int:
    """Twenty entries from one of several processes."""
    engine = make_engine(database_url)
    for number in range(20):
        with transaction(engine) as session:
            audit.record(session, "demand:edit", ("demand", who), actor="system", at=NOW, number=number)
    engine.dispose()
    return 20


def test_processes_writing_at_once_make_one_chain(run_in_processes, database_url) -> None:
    outcomes = run_in_processes(write_entries, [(who,) for who in range(3)])
    assert [outcome.value for outcome in outcomes] == [20, 20, 20]
    engine = make_engine(database_url)
    found = look(engine)
    engine.dispose()
    assert (found.intact, found.entries) == (True, 60)
