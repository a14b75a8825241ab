"""The desk's SQL says what the statement and the turn of each obligation say, row by row, day by day."""
from __future__ import annotations

import datetime as dt
import random

import pytest
from sqlalchemy import select

from marketplace.clock import SHANGHAI
from marketplace.config import ROOT
from marketplace.contracts.models import Contract
from marketplace.db import make_engine, transaction
from marketplace.oversight.filters import Filters, View
from marketplace.oversight.queries import Desk
from marketplace.payments import timeline
from marketplace.payments.operations import open_dispute, resolve_dispute
from marketplace.rules.errors import RuleViolation
from marketplace.seed import market
from marketplace.tendering.sealing import WrappingCost
from tests.integration.oversight.conftest import Watch
from tests.integration.payments.world import World, noon

SAID = ("awarded_on", "signed_on", "delivered_on", "accepted_on", "due_on", "paid_on", "turn", "until", "late_days",
        "open_fen", "interest_fen")


def compare(desk: Desk) -> int:
    """Every line of the desk against the arithmetic; how many lines were compared."""
    lines = [line for line in desk.every(Filters(view=View.ALL)) if line.contract_id]
    by_milestone = {one.milestone.id: one for one in timeline.of_contracts(
        desk.session, list(desk.session.scalars(select(Contract.id))), as_of=desk.as_of)}
    for line in lines:
        expected = by_milestone[line.milestone_id]
        found = {name: getattr(line, name) for name in SAID}
        wanted = {name: getattr(expected, name) for name in SAID}
        if expected.obligation is None:
            wanted |= {"open_fen": 0, "interest_fen": 0}
        assert found == wanted, f"{line.number} part {line.position} on {desk.as_of}"
        assert (line.disputed_fen > 0) == expected.disputed
    return len(lines)


@pytest.mark.parametrize("day", [dt.date(2026, 11, 17), dt.date(2026, 2, 18)], ids=str)
def test_the_demo_market(sqlite_url, day) -> None:
    engine = make_engine(sqlite_url)
    now = dt.datetime.combine(day, dt.time(11), SHANGHAI)
    with transaction(engine) as session:
        market.seed(session, ROOT / "seed_data", password_hash="none", now=now, cost=WrappingCost(1, 8))
    with transaction(engine) as session:
        assert compare(Desk(session, as_of=day, viewer_id=1)) >= 20
    engine.dispose()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_buyers_and_founders_do(world: World, watch: Watch, seed: int) -> None:
    """Contracts with all kinds of terms, delivered, rejected, accepted, disputed and paid at random; looked at on
    the day of each step and afterwards."""
    chance = random.Random(seed)
    contracts = [world.signed(at="2025-06-20", amounts=(3_000_000, 7_000_000), **terms) for terms in (
        {"start_basis": "delivery", "acceptance_period_days": None, "term_days": 30},
        {"start_basis": "acceptance", "acceptance_period_days": 10, "term_days": 30},
        {"start_basis": "settlement", "acceptance_period_days": None, "term_days": 20})]
    day = dt.date(2025, 7, 1)
    for _ in range(30):
        day += dt.timedelta(days=chance.randrange(1, 9))
        contract, position = chance.choice(contracts), chance.choice((1, 2))
        try:
            _step(world, contract, position, day, chance)
        except RuleViolation:
            continue  # not possible at this moment: something else will be
        assert compare(watch.desk(day)) == 6
    assert compare(watch.desk(day + dt.timedelta(days=90))) == 6


def _step(world: World, contract: Contract, position: int, day: dt.date, chance: random.Random) -> None:
    milestone, now, at = contract.milestones[position - 1], noon(day.isoformat()), day.isoformat()
    if milestone.status in ("scheduled", "rejected"):
        world.delivered(contract, at, position=position)
        return
    owed = world.owed(contract, position=position)
    verb = chance.choice(("accept", "accept", "reject", "pay", "part", "notify", "dispute", "resolve"))
    if verb == "accept":
        world.accepted(contract, at, position=position)
    elif verb == "reject":
        world.rejected(contract, at, position=position)
    elif verb in ("pay", "part"):
        world.paid(owed, at, owed.amount_fen if verb == "pay" else owed.amount_fen // 3, reference=f"{verb}-{at}")
    elif verb == "notify":
        world.notified(owed, at, owed.amount_fen // 2, reference=f"{verb}-{at}")
    elif verb == "dispute":
        open_dispute(world.session, owed, amount_fen=chance.choice((owed.amount_fen, owed.amount_fen // 4)),
                     reason="数量不符", actor=world.buyer, now=now)
    elif owed.disputes:
        upheld = chance.choice((0, owed.disputes[-1].disputed_fen))
        resolve_dispute(world.session, owed.disputes[-1].id, upheld_fen=upheld, note="核对完毕", actor=world.operator,
                        now=now)
