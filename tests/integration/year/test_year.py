"""A year of the market: publishing, bidding, working, paying late, quarrelling, with rounds missed and rounds repeated.

One year is lived, with everybody acting by chance from one seed; each test asks one thing of it. The same year is
lived a second time by another process, which must find the same.
"""
from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

import marketplace.models  # noqa: F401  the mappers see the whole schema
from marketplace.accounts import standing
from marketplace.accounts.models import PublishingBlock
from marketplace.audit import operations as audit
from marketplace.clock import legal_day
from marketplace.complaints import restrictions
from marketplace.contracts.models import Contract, Milestone
from marketplace.db import make_engine
from marketplace.ledger import queries as journal
from marketplace.notices.models import Notice
from marketplace.payments import books
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from tests.integration.year import checks
from tests.integration.year.year import Year

ROOT = Path(__file__).resolve().parents[3]
SEED = 20250701
OFTEN = ("publish", "bid", "award", "sign", "deliver", "deliver_part", "accept", "accept_part", "reject", "invoice",
         "notify", "notify_bill", "confirm", "contradict", "match", "receive", "reverse", "dispute", "resolve",
         "complain", "propose_plan", "accept_plan", "appeal", "decide_appeal", "ask_confirmation")
NOW_AND_THEN = ("withdraw_bid", "cancel", "none_suitable", "submit_settlement", "confirm_settlement",
                "contest_settlement", "refuse_invoice", "complaint_transferred", "complaint_decided", "refuse_plan",
                "propose_listing", "listing_published", "mediation_terms_recorded", "provide_bond", "bond_is_back",
                "bond_is_not_back", "confirm_receivable", "refuse_receivable")
REFUSED = ("payment.more_than_open", "publishing.blocked", "milestone.rejected_too_late", "contract.other_side",
           "terms.pay_when_paid", "remedy.not_overdue", "payment.not_cashed_yet", "listing.reply_window_open")


@dataclass
class Lived:
    """The year when it is over; `known` is what was on record at the end of each month."""

    year: Year
    engine: Engine
    watch: checks.Watch
    replay: subprocess.Popen[str]
    known: list[checks.Known] = field(default_factory=list)

    @property
    def today(self) -> dt.date:
        return self.year.last


@pytest.fixture(scope="module")
def lived(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """The year, lived once for all tests of this file."""
    home = tmp_path_factory.mktemp("year")
    replay = subprocess.Popen(
        [sys.executable, str(ROOT / "benchmarks" / "simulated_year.py"), "--seed", str(SEED), "--folder", str(home)],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONHASHSEED": "4711"})
    engine = make_engine(f"sqlite:///{shutil.copy(sqlite_template, home / 'year.db')}")
    try:
        with checks.watching(engine) as watch:
            found = Lived(Year(engine, SEED), engine, watch, replay)
            found.year.live(each_day=lambda year: _remember(found, year))
            yield found
    finally:
        replay.kill()
        replay.communicate()
        engine.dispose()


def _remember(lived: Lived, year: Year) -> None:
    if (year.today + dt.timedelta(days=1)).day == 1:
        with Session(lived.engine) as session:
            lived.known += checks.known_today(session, today=year.today)


@pytest.fixture
def session(lived: Lived) -> Iterator[Session]:
    """A session on the last evening."""
    with Session(lived.engine) as opened:
        yield opened


def test_the_year_had_everything_in_it(lived: Lived, session: Session) -> None:
    """What follows says little about a year in which nothing went wrong."""
    done, refused = lived.year.done, lived.year.refused
    assert session.scalar(select(func.count()).select_from(Contract).where(Contract.signed_on.is_not(None))) >= 40
    assert [verb for verb in OFTEN if not done[verb]] == []
    missing = [verb for verb in NOW_AND_THEN if not done[verb]] + [code for code in REFUSED if not refused[code]]
    assert len(missing) <= 4, missing
    assert lived.year.rounds[0] > 10
    assert lived.year.rounds[24] >= 2


def test_every_entry_of_the_books_balances_and_follows_the_statements(lived: Lived, session: Session) -> None:
    assert journal.size(session) > 300
    assert checks.unbalanced_entries(session) == []
    assert list(books.faults(session, today=lived.today)) == []


def test_the_accounts_are_the_sums_of_obligations_payments_and_disputes(lived: Lived, session: Session) -> None:
    booked = checks.account_totals(session)
    assert sum(booked.values()) == 0
    for account, fen in checks.totals_by_the_statements(session, today=lived.today).items():
        assert booked[account] == fen, account


def test_a_contract_is_worth_its_milestones_however_they_were_split(session: Session) -> None:
    assert checks.contracts_that_do_not_add_up(session) == []
    owed = select(func.sum(Obligation.amount_fen)).join(Milestone, Milestone.id == Obligation.milestone_id)
    assert session.scalar(owed) == session.scalar(select(func.sum(Milestone.amount_fen)).where(
        Milestone.id.in_(select(Obligation.milestone_id))))


def test_each_step_of_the_ladder_was_taken_once_in_its_order_and_told_once(session: Session) -> None:
    rounds = checks.steps_by_round(session)
    assert len(rounds) > 60
    for taken in rounds.values():
        assert len({step.step for step in taken}) == len(taken)
        assert len({step.due_on for step in taken}) == 1
        reached = [step.reached_on for step in taken]
        assert reached == sorted(reached)
        assert all(step.taken_on >= step.reached_on for step in taken)
        said = [step for step in taken if step.said]
        assert len({step.taken_on for step in said}) == len(said)  # never two at once, whatever had been missed
    told = session.scalars(select(Notice).where(Notice.code.in_(("payment_before", "payment_due", "payment_late"))))
    said_to_buyers = sum(step.said for taken in rounds.values() for step in taken)
    assert len({(one.link, one.facts["step"], one.facts["due_on"]) for one in told}) == said_to_buyers


def test_nobody_who_is_late_was_forgotten(lived: Lived, session: Session) -> None:
    assert checks.overdue(session, today=lived.today)
    assert checks.steps_not_taken(session, today=lived.today) == []


def test_a_buyer_is_blocked_for_what_is_thirty_days_late_and_for_nothing_else(lived: Lived, session: Session) -> None:
    blocking = {block.obligation_id for block in standing.every_block(session)}
    expected = set()
    for obligation in checks.every_obligation(session):
        found = statement_of(obligation, as_of=lived.today)
        if found.is_overdue and restrictions.excuse(session, obligation, found, today=lived.today) is None:
            assert (found.overdue_days or 0) >= 30
            expected.add(obligation.id)
    assert blocking == expected
    lifted = session.scalars(select(PublishingBlock).where(PublishingBlock.lifted_at.is_not(None))).all()
    assert lifted
    assert all(block.imposed_on <= legal_day(block.lifted_at) for block in lifted if block.lifted_at)


def test_nothing_moved_but_as_the_tables_of_states_say(lived: Lived) -> None:
    assert lived.watch.moves <= checks.allowed_moves()
    assert {"payment", "dispute", "milestone", "contract", "bond", "receivable", "plan", "complaint", "listing",
            "mediation", "escalation_step"} <= {name for name, _, _ in lived.watch.moves}


def test_the_audit_chain_holds(session: Session) -> None:
    found = audit.verify(session)
    assert found.intact
    assert found.entries > 2000


def test_what_was_known_at_the_end_of_a_month_is_what_was_known_then(lived: Lived, session: Session) -> None:
    assert len(lived.known) > 500
    assert list(checks.remembered_otherwise(session, lived.known)) == []


def test_the_same_seed_gives_the_same_year(lived: Lived) -> None:
    """Another process, with other keys and another order of sets, finds the same rows, audit entries included."""
    told, _ = lived.replay.communicate(timeout=900)
    assert lived.replay.returncode == 0
    assert told.split()[-1] == checks.digest(lived.engine)
