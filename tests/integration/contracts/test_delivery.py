"""Delivery and acceptance: who may say what, on which day, and how often."""
from __future__ import annotations

import pytest

from marketplace.contracts import operations as contracts
from marketplace.contracts.models import Contract
from marketplace.rules.errors import RuleViolation
from tests.integration.payments.world import World, noon, on


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.fixture
def contract(world: World) -> Contract:
    return world.signed(at="2025-06-16", start_basis="acceptance", term_days=30, acceptance_period_days=10)


def deliver(world: World, contract: Contract, day: str, *, today: str, **more) -> object:
    return contracts.deliver(world.session, contract.milestones[0].id, on=on(day), note="", now=noon(today),
                             **({"actor": world.founder} | more))


def test_a_delivery_lies_between_signing_and_today(world: World, contract: Contract) -> None:
    assert refusal(deliver, world, contract, "2025-07-02", today="2025-07-01") == "milestone.day_in_future"
    assert refusal(deliver, world, contract, "2025-06-15", today="2025-07-01") == "milestone.day_too_early"
    deliver(world, contract, "2025-06-16", today="2025-07-01")


def test_nothing_is_delivered_under_a_contract_that_is_not_signed(world: World) -> None:
    assert refusal(deliver, world, world.drafted(), "2025-06-16", today="2025-06-16") == "contract.not_signed"


def test_each_side_does_its_own_part(world: World, contract: Contract) -> None:
    milestone = contract.milestones[0].id
    assert refusal(deliver, world, contract, "2025-07-01", today="2025-07-01", actor=world.buyer) == \
        "contract.other_side"
    deliver(world, contract, "2025-07-01", today="2025-07-01")
    assert refusal(contracts.accept, world.session, milestone, on=on("2025-07-02"), actor=world.founder,
                   now=noon("2025-07-02")) == "contract.other_side"
    assert refusal(contracts.accept, world.session, milestone, on=on("2025-07-02"), actor=world.stranger,
                   now=noon("2025-07-02")) == "not_found"


def test_acceptance_is_not_before_delivery_and_happens_once(world: World, contract: Contract) -> None:
    milestone = contract.milestones[0].id
    options = {"actor": world.buyer, "now": noon("2025-07-05")}
    assert refusal(contracts.accept, world.session, milestone, on=on("2025-07-01"), **options) == \
        "milestone.wrong_state"
    deliver(world, contract, "2025-07-02", today="2025-07-02")
    assert refusal(contracts.accept, world.session, milestone, on=on("2025-07-01"), **options) == \
        "milestone.day_too_early"
    contracts.accept(world.session, milestone, on=on("2025-07-04"), **options)
    assert refusal(contracts.accept, world.session, milestone, on=on("2025-07-04"), **options) == \
        "milestone.wrong_state"


def test_a_rejection_needs_a_reason_and_is_followed_by_a_later_delivery(world: World, contract: Contract) -> None:
    milestone = contract.milestones[0].id
    deliver(world, contract, "2025-07-01", today="2025-07-01")
    assert refusal(contracts.reject, world.session, milestone, reason="  ", actor=world.buyer,
                   now=noon("2025-07-03")) == "field.required"
    contracts.reject(world.session, milestone, reason="缺接口文档", actor=world.buyer, now=noon("2025-07-03"))
    assert refusal(deliver, world, contract, "2025-07-02", today="2025-07-04") == "milestone.day_too_early"
    deliver(world, contract, "2025-07-04", today="2025-07-04")
    assert [d.decision for d in contract.milestones[0].deliveries] == ["rejected", None]


@pytest.mark.parametrize(("recorded", "last_day", "too_late"), [
    ("2025-07-01", "2025-07-11", "2025-07-12"),
    # told a week late: the buyer still has its ten days, 07-08 + 10 = 07-18
    ("2025-07-08", "2025-07-18", "2025-07-19"),
])
def test_a_buyer_rejects_within_the_acceptance_period_from_when_it_could_know(
        world: World, contract: Contract, recorded: str, last_day: str, too_late: str) -> None:
    deliver(world, contract, "2025-07-01", today=recorded)
    milestone = contract.milestones[0].id
    options = {"reason": "缺接口文档", "actor": world.buyer}
    assert refusal(contracts.reject, world.session, milestone, now=noon(too_late), **options) == \
        "milestone.rejected_too_late"
    contracts.reject(world.session, milestone, now=noon(last_day), **options)


def test_without_an_acceptance_period_rejecting_ends_with_the_due_date(world: World) -> None:
    contract = world.signed(at="2025-06-16")  # 60 days from delivery: 2025-08-30, a Saturday, so 09-01
    deliver(world, contract, "2025-07-01", today="2025-07-01")
    options = {"reason": "缺接口文档", "actor": world.buyer}
    assert refusal(contracts.reject, world.session, contract.milestones[0].id, now=noon("2025-09-02"), **options) == \
        "milestone.rejected_too_late"
    contracts.reject(world.session, contract.milestones[0].id, now=noon("2025-09-01"), **options)
