"""A buyer who looks for founders sees who still has contracts to deliver."""
from __future__ import annotations

import pytest

from marketplace.suggestions import queries
from tests.integration.payments.world import World


@pytest.fixture
def world(session) -> World:
    return World(session)


def in_hand(world: World) -> int:
    world.session.flush()
    founder_id = world.founder.organisation_id
    return queries.work_in_hand(world.session, [founder_id, world.buyer.organisation_id]).get(founder_id, 0)


def test_a_contract_counts_from_the_award_until_its_last_delivery_and_not_until_it_is_paid(world: World) -> None:
    assert in_hand(world) == 0
    world.drafted()
    contract = world.signed(at="2025-09-01", amounts=(10_000_000, 5_000_000))
    assert in_hand(world) == 2
    world.delivered(contract, "2025-09-15")
    assert in_hand(world) == 2
    world.delivered(contract, "2025-10-15", position=2)
    assert in_hand(world) == 1


def test_a_rejected_delivery_is_work_again(world: World) -> None:
    contract = world.signed(at="2025-09-01", start_basis="acceptance", acceptance_period_days=10)
    world.delivered(contract, "2025-09-15")
    assert in_hand(world) == 0
    world.rejected(contract, "2025-09-18")
    assert in_hand(world) == 1
