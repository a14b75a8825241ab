"""Delivery and acceptance in parts: each part has its own clock, and the amounts always add up to the contract's."""
from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.contracts.models import Contract
from marketplace.contracts.parts import PartAccepted, PartDelivered
from marketplace.payments import operations as payments
from marketplace.payments import parts
from marketplace.payments.models import Obligation
from marketplace.rules.errors import Problems, RuleViolation
from tests.integration.payments.world import World, noon, on

WHOLE = 10_000_000


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def signed(world: World) -> Contract:
    return world.signed(at="2025-06-16", start_basis="acceptance", term_days=30, acceptance_period_days=10)


def part_delivered(world: World, contract: Contract, day: str, amount_fen: int, *, position: int = 1,
                   **more: object) -> Obligation:
    return parts.record_part_delivery(
        world.session, contract.milestones[position - 1].id,
        PartDelivered(title="第一批图片", amount_fen=amount_fen, delivered_on=on(day), **more), actor=world.founder,
        now=noon(day))


def part_accepted(world: World, contract: Contract, day: str, accepted_fen: int, *, position: int = 1) -> Obligation:
    return parts.record_part_acceptance(
        world.session, contract.milestones[position - 1].id,
        PartAccepted(accepted_fen=accepted_fen, accepted_on=on(day), reason="第三批缺标注"), actor=world.buyer,
        now=noon(day))


def test_a_delivered_part_has_a_clock_of_its_own_and_the_rest_is_still_to_come(world: World) -> None:
    contract = signed(world)
    owed = part_delivered(world, contract, "2025-07-01", 4_000_000, criteria=("准确率不低于 99%",))
    whole, part = contract.milestones
    assert [(one.position, one.amount_fen, one.status) for one in (whole, part)] == [
        (1, 6_000_000, "scheduled"), (2, 4_000_000, "delivered")]
    assert part.acceptance_criteria == whole.acceptance_criteria == ["准确率不低于 99%"]
    assert (part.split.split_from, part.split.left_fen) == (whole, 6_000_000)
    # the latest day: 2025-07-01 + 10 days for acceptance + 30
    assert (owed.milestone, owed.amount_fen, owed.due_on) == (part, 4_000_000, on("2025-08-11"))
    rest = world.delivered(contract, "2025-08-01")
    assert (rest.amount_fen, rest.due_on) == (6_000_000, on("2025-09-10"))


def test_what_is_accepted_runs_from_the_same_facts_and_only_what_is_rejected_starts_anew(world: World) -> None:
    contract = signed(world)
    before = world.delivered(contract, "2025-07-01").due_on
    owed = part_accepted(world, contract, "2025-07-04", 7_000_000)
    accepted, rejected = contract.milestones
    assert [(one.amount_fen, one.status) for one in (accepted, rejected)] == [
        (7_000_000, "met"), (3_000_000, "rejected")]
    assert (owed.milestone, owed.amount_fen, owed.due_on) == (accepted, 7_000_000, on("2025-08-04"))
    assert owed.due_on <= before  # 2025-07-04 + 30 is a Sunday
    assert world.owed(contract, position=2).due_on is None
    assert [(d.decision, d.decision_reason) for d in rejected.deliveries] == [("rejected", "第三批缺标注")]
    again = world.delivered(contract, "2025-07-20", position=2)
    assert (again.amount_fen, again.facts["redelivery_date"]) == (3_000_000, "2025-07-20")
    assert world.owed(contract).due_on == on("2025-08-04")


def test_the_contract_is_fulfilled_when_every_part_is_accepted_and_paid(world: World) -> None:
    contract = signed(world)
    world.delivered(contract, "2025-07-01")
    world.paid(part_accepted(world, contract, "2025-07-04", 7_000_000), "2025-07-10", 7_000_000)
    assert contract.status == "active"
    world.delivered(contract, "2025-07-20", position=2)
    world.paid(world.accepted(contract, "2025-07-22", position=2), "2025-07-30", 3_000_000)
    assert contract.status == "terminated"


@pytest.mark.parametrize("amount_fen", [0, -1, WHOLE, WHOLE + 1])
def test_a_part_is_more_than_nothing_and_less_than_all(world: World, amount_fen: int) -> None:
    contract = signed(world)
    assert refusal(part_delivered, world, contract, "2025-07-01", amount_fen) == "milestone.part_out_of_range"
    world.delivered(contract, "2025-07-01")
    assert refusal(part_accepted, world, contract, "2025-07-02", amount_fen) == "milestone.part_out_of_range"
    assert [one.amount_fen for one in contract.milestones] == [WHOLE]


def test_a_contract_is_not_ground_into_slivers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.contracts.parts.MOST_MILESTONES", 3)
    contract = signed(world)
    for day in ("2025-07-01", "2025-07-02"):
        part_delivered(world, contract, day, 1)
    assert refusal(part_delivered, world, contract, "2025-07-03", 1) == "milestone.too_many_parts"
    assert [one.amount_fen for one in contract.milestones] == [WHOLE - 2, 1, 1]


def test_everything_wrong_with_a_part_is_said_at_once(world: World) -> None:
    contract = signed(world)
    with pytest.raises(Problems) as caught:
        parts.record_part_delivery(world.session, contract.milestones[0].id, PartDelivered(
            title=" ", amount_fen=0, delivered_on=on("2025-07-02"), criteria=("没有这一条",)), actor=world.founder,
            now=noon("2025-07-01"))
    assert [problem.field for problem in caught.value] == ["title", "amount_fen", "delivered_on", "criteria"]


def test_what_has_been_paid_or_disputed_is_not_split(world: World) -> None:
    contract = signed(world)
    owed = world.delivered(contract, "2025-07-01")
    payment = world.notified(owed, "2025-07-02", 1_000_000)
    assert refusal(part_accepted, world, contract, "2025-07-03", 7_000_000) == "milestone.split_with_payment"
    payments.contradict_payment(world.session, payment.id, note="没有到账", actor=world.founder, now=noon("2025-07-03"))
    dispute = payments.open_dispute(world.session, owed, amount_fen=500, reason="缺文档", actor=world.buyer,
                                    now=noon("2025-07-03"))
    payments.resolve_dispute(world.session, dispute.id, upheld_fen=0, note="已了结", actor=world.operator,
                             now=noon("2025-07-03"))
    assert refusal(part_accepted, world, contract, "2025-07-03", 7_000_000) == "milestone.split_with_dispute"


def test_the_rest_cannot_be_rejected_once_the_acceptance_period_is_over(world: World) -> None:
    contract = signed(world)
    world.delivered(contract, "2025-07-01")
    assert refusal(part_accepted, world, contract, "2025-07-12", 7_000_000) == "milestone.rejected_too_late"


def test_each_side_splits_on_its_own_side_only(world: World) -> None:
    contract = signed(world)
    part = PartDelivered(title="一批", amount_fen=5, delivered_on=on("2025-07-01"))
    milestone = contract.milestones[0].id
    for actor, code in ((world.buyer, "contract.other_side"), (world.stranger, "not_found")):
        assert refusal(parts.record_part_delivery, world.session, milestone, part, actor=actor,
                       now=noon("2025-07-01")) == code


STEPS = st.lists(st.tuples(st.sampled_from(["deliver", "deliver_part", "accept", "accept_part", "reject"]),
                           st.integers(0, 5), st.integers(1, 99)), min_size=3, max_size=14)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_however_a_contract_is_split_nothing_is_lost_and_nothing_falls_due_later(session: Session, steps: list) -> None:
    with session.begin_nested() as point:
        world = World(session)
        contract = world.signed(at="2025-06-16", amounts=(700_001, 300_002), start_basis="acceptance", term_days=30,
                                acceptance_period_days=10)
        for place, step in enumerate(steps):
            _try(world, contract, step, f"2025-07-{place + 1:02d}")
            _check_sums(world, contract)
        assert audit.verify(session).intact
        point.rollback()
    session.expunge_all()


def _try(world: World, contract: Contract, step: tuple[str, int, int], day: str) -> None:
    verb, place, percent = step
    milestone = contract.milestones[place % len(contract.milestones)]
    position, amount_fen = milestone.position, max(milestone.amount_fen * percent // 100, 1)
    before = world.owed(contract, position=position).due_on if milestone.status == "delivered" else None
    try:
        if verb == "deliver_part":
            part_delivered(world, contract, day, amount_fen, position=position)
        elif verb == "accept_part":
            part_accepted(world, contract, day, amount_fen, position=position)
            assert world.owed(contract, position=position).due_on <= before
        else:
            {"deliver": world.delivered, "accept": world.accepted, "reject": world.rejected}[verb](
                contract, day, position=position)
    except RuleViolation:
        return  # not possible from this state: nothing may have changed, which the sums show


def _check_sums(world: World, contract: Contract) -> None:
    world.session.expire(contract, ["milestones"])
    assert sum(one.amount_fen for one in contract.milestones) == contract.total_fen
    assert [one.position for one in contract.milestones] == list(range(1, len(contract.milestones) + 1))
    for one in contract.milestones:
        if one.deliveries:
            assert world.owed(contract, position=one.position).amount_fen == one.amount_fen
