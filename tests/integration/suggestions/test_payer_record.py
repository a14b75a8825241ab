"""The buyer's payment record in a founder's list: a part of its own, within its bounds, neutral where unknown."""
from __future__ import annotations

import math
from dataclasses import replace

import pytest
from sqlalchemy import select

from marketplace.demand.models import Demand
from marketplace.rules.payer_policy import POLICY
from marketplace.suggestions import explanations, payer
from marketplace.suggestions.models import Suggestion
from tests.integration.payments.world import World, on

TODAY = on("2026-06-30")


@pytest.fixture
def world(session) -> World:
    return World(session)


def part_of(world: World) -> payer.PayerPart:
    world.session.flush()
    return payer.parts_of(world.session, list(world.session.scalars(select(Demand))), today=TODAY)[
        world.buyer.organisation_id]


def test_an_unknown_buyer_is_neither_helped_nor_harmed(world: World) -> None:
    world.drafted()
    assert part_of(world) == payer.PayerPart(0, 0)
    assert part_of(world).value == 0


def test_paying_in_time_helps_a_little_and_being_late_costs(world: World) -> None:
    in_time = world.delivered(world.signed(at="2025-09-01"), "2025-09-15")
    world.paid(in_time, "2025-11-14", 10_000_000)
    assert math.isclose(part_of(world).value, (1 + 0.85 * 5) / 6 - 0.85)
    late = world.delivered(world.signed(at="2025-09-01"), "2025-09-15")
    world.paid(late, "2025-12-14", 10_000_000)
    world.delivered(world.signed(at="2025-09-01"), "2025-09-15")  # overdue now
    world.delivered(world.signed(at="2026-06-01"), "2026-06-15")  # not due yet: not known
    assert (part_of(world).on_time, part_of(world).known) == (1, 3)
    assert math.isclose(part_of(world).value, (1 + 0.85 * 5) / 8 - 0.85)


@pytest.mark.parametrize(("on_time", "known"), [(0, 0), (0, 1), (0, 10**6), (10**6, 10**6), (3, 7)])
def test_no_record_counts_more_than_the_policy_says(on_time: int, known: int) -> None:
    least, most = POLICY.value.bounds
    assert least <= payer.PayerPart(on_time, known).value <= most


def test_the_database_orders_by_the_same_number_the_page_shows(world: World) -> None:
    for day in ("2025-11-14", "2025-12-14", "2026-01-14"):
        world.paid(world.delivered(world.signed(at="2025-09-01"), "2025-09-15"), day, 10_000_000)
    counted = payer.counts([world.buyer.organisation_id], today=TODAY)
    in_database = world.session.scalar(select(payer.value_of(counted)).select_from(counted))
    assert math.isclose(in_database, part_of(world).value)


def test_the_parts_shown_add_up_to_the_score_the_list_is_ordered_by() -> None:
    kept = {"contributions": [{"name": "base", "value": -2.0}, {"name": "coverage", "value": 1.25},
                              {"name": "industry", "value": 0.5}],
            "reasons": [], "counter_reasons": [], "vetoes": [], "evidence": []}
    one = explanations.explain(Suggestion(score=-0.25, explanation=kept), "zh")
    assert math.isclose(sum(value for _, value in one.shown_parts), -0.25)
    assert one.percent == 44
    with_record = replace(one, payer=payer.PayerPart(0, 3))
    assert math.isclose(sum(value for _, value in with_record.shown_parts), with_record.list_score)
    assert with_record.list_score < -0.25
