"""The demo market holds contracts in every state, on whatever day it is seeded."""
from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from marketplace.audit import operations as audit
from marketplace.audit.models import AuditEntry
from marketplace.clock import SHANGHAI
from marketplace.config import ROOT
from marketplace.contracts.models import Contract
from marketplace.db import make_engine, reading, transaction
from marketplace.demand.models import Demand
from marketplace.i18n import has_text
from marketplace.oversight.filters import Filters, View
from marketplace.oversight.queries import Desk
from marketplace.payments import timeline
from marketplace.rules.lifecycle import ContractStatus, DemandStatus
from marketplace.seed import market
from marketplace.tendering.sealing import WrappingCost

CHEAP = WrappingCost(passes=1, memory_kib=8)
A_TUESDAY = dt.date(2026, 11, 17)
A_SUNDAY = dt.date(2026, 11, 22)
IN_SPRING_FESTIVAL = dt.date(2026, 2, 18)


def seeded(url: str, day: dt.date):
    engine = make_engine(url)
    now = dt.datetime.combine(day, dt.time(11), SHANGHAI)
    with transaction(engine) as session:
        market.seed(session, ROOT / "seed_data", password_hash="none", now=now, cost=CHEAP)
    return engine


def every_line(session, day: dt.date) -> list[timeline.Line]:
    """Every milestone of the market, as its parties see it."""
    return list(timeline.of_contracts(session, list(session.scalars(select(Contract.id))), as_of=day))


@pytest.fixture(scope="module")
def on_a_tuesday(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The market as it is seeded on a Tuesday, for tests that only read."""
    engine = seeded(f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('seeded') / 'x.db')}", A_TUESDAY)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("day", [A_TUESDAY, A_SUNDAY, IN_SPRING_FESTIVAL], ids=str)
def test_contracts_stand_in_every_state_on_the_day_of_seeding(
        request: pytest.FixtureRequest, sqlite_url, day) -> None:
    engine = request.getfixturevalue("on_a_tuesday") if day == A_TUESDAY else seeded(sqlite_url, day)
    with reading(engine) as session:
        lines = {(line.demand.external_ref, line.milestone.position if line.milestone else 0): line
                 for line in every_line(session, day)}
        assert lines["dv-d025", 1].contract.status == ContractStatus.TERMINATED
        assert lines["dv-d025", 1].paid_on <= lines["dv-d025", 1].due_on
        assert lines["dv-d018", 1].late_days == 0
        assert (lines["dv-d018", 1].due_on - day).days < 9  # the day itself, or the first after the rest it falls in
        for ref, days in (("dv-d013", 3), ("dv-d049", 40), ("dv-d012", 90)):
            assert days <= lines[ref, 1].late_days < days + 9, ref
            assert lines[ref, 1].interest_fen > 0
        assert lines["dv-d017", 1].disputed
        assert 0 < lines["dv-d034", 1].open_fen < lines["dv-d034", 1].amount_fen
        accepted_late = lines["dv-d044", 1]
        assert accepted_late.accepted_on > accepted_late.obligation.term_start
        assert lines["dv-d014", 1].contract.status == ContractStatus.PENDING
    if day != A_TUESDAY:
        engine.dispose()


def test_the_list_has_open_closed_and_evaluated_demands(on_a_tuesday) -> None:
    with reading(on_a_tuesday) as session:
        by_status: dict[str, int] = {}
        for demand in session.query(Demand):
            by_status[demand.status] = by_status.get(demand.status, 0) + 1
        assert by_status[DemandStatus.ACTIVE] >= 25
        assert set(by_status) >= {DemandStatus.PLANNING, DemandStatus.EVALUATION, DemandStatus.COMPLETE,
                                  DemandStatus.UNSUCCESSFUL}
        desk = Desk(session, as_of=A_TUESDAY, viewer_id=0)
        assert desk.counts({View.LATE: Filters(view=View.LATE)})[View.LATE] >= 6


def test_the_story_is_written_to_an_intact_audit_chain_in_the_order_of_time(database_url) -> None:
    engine = seeded(database_url, A_TUESDAY)
    with reading(engine) as session:
        assert audit.verify(session).intact
        moments = [entry.at for entry in reversed(audit.latest(session, limit=5000))]
        assert moments == sorted(moments)
        entries = list(session.scalars(select(AuditEntry)))
    facts = {f"audit.fact.{name}" for entry in entries for name in json.loads(entry.facts)
             if not has_text(f"field.{name}")} | {f"audit.object.{entry.object_type}" for entry in entries}
    assert [key for key in sorted(facts) if not (has_text(key, "zh") and has_text(key, "en"))] == []
    engine.dispose()


def test_a_market_that_has_begun_is_not_empty(on_a_tuesday) -> None:
    with reading(on_a_tuesday) as session:
        assert not market.is_empty(session)


def test_a_buyer_is_shown_what_it_has_to_do_and_the_longest_late_first(on_a_tuesday) -> None:
    with reading(on_a_tuesday) as session:
        anchor = next(line.contract.buyer_id for line in every_line(session, A_TUESDAY)
                      if line.contract and line.demand.external_ref == "dv-d049")
        own = timeline.of_buyer(session, anchor, as_of=A_TUESDAY)
        # the second milestones of both contracts wait for the founders, and other buyers' lines are not here
        assert [(line.demand.external_ref, line.milestone.position, line.late_days > 0) for line in own] == [
            ("dv-d049", 1, True), ("dv-d018", 1, False)]
