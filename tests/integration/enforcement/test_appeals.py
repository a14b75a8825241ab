"""The buyer says why a step is wrong; the operator decides; an upheld appeal undoes the step for good."""
from __future__ import annotations

import pytest

from marketplace.audit import operations as audit
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement.models import EscalationStep
from marketplace.payments import tick
from marketplace.payments.models import Obligation
from marketplace.rules.errors import NotAllowed, NotFound, Problems, WrongState
from marketplace.rules.escalation import Product
from tests.integration.payments.world import World, noon, on


@pytest.fixture
def blocked(world: World, owed: Obligation) -> EscalationStep:
    """The step of day 30, which stops the buyer from publishing."""
    tick.run(world.session, today=on("2025-10-01"), now=noon("2025-10-01"))
    return enforcement.steps_of(world.session, owed)[-1]


def appealed(world: World, step: EscalationStep, reason: str = "发票抬头有误"):
    return enforcement.appeal(world.session, step.obligation, step.id, reason=reason, actor=world.buyer,
                              now=noon("2025-10-02"))


def decided(world: World, step: EscalationStep, *, upheld: bool):
    return enforcement.decide_appeal(world.session, appealed(world, step).id, upheld=upheld, note="已核对",
                                     actor=world.operator, now=noon("2025-10-03"))


def in_effect(world: World) -> list[str]:
    return [step.step for step in enforcement.in_effect(world.session, Product.PUBLISHING_BLOCK,
                                                       buyer_id=world.buyer.organisation_id)]


def test_the_step_stands_until_the_operator_decides(world: World, blocked: EscalationStep) -> None:
    appealed(world, blocked)
    assert in_effect(world) == ["late_30"]


def test_an_upheld_appeal_undoes_the_step_and_it_is_not_taken_again(world: World, blocked: EscalationStep) -> None:
    row = decided(world, blocked, upheld=True)
    assert (row.status, blocked.status, blocked.close_reason) == ("upheld", "undone", "appeal")
    assert in_effect(world) == []
    assert tick.run(world.session, today=on("2025-10-05"), now=noon("2025-10-05"))["reminders"] == 0
    assert in_effect(world) == []


def test_a_dismissed_appeal_changes_nothing(world: World, blocked: EscalationStep) -> None:
    assert decided(world, blocked, upheld=False).status == "dismissed"
    assert in_effect(world) == ["late_30"]


def test_payment_before_the_decision_ends_the_appeal_too(world: World, owed: Obligation,
                                                         blocked: EscalationStep) -> None:
    row = appealed(world, blocked)
    world.paid(owed, "2025-10-02", 3_333_300)
    assert row.status == "lapsed"
    with pytest.raises(WrongState, match=r"step_appeal\.wrong_state"):
        enforcement.decide_appeal(world.session, row.id, upheld=True, note="已核对", actor=world.operator,
                                  now=noon("2025-10-03"))


def test_one_appeal_at_a_time_with_a_reason_and_by_the_buyer_only(world: World, blocked: EscalationStep) -> None:
    with pytest.raises(Problems, match=r"field\.required"):
        appealed(world, blocked, reason="  ")
    with pytest.raises(NotAllowed, match=r"step\.not_buyer"):
        enforcement.appeal(world.session, blocked.obligation, blocked.id, reason="不对", actor=world.founder,
                           now=noon("2025-10-02"))
    appealed(world, blocked)
    with pytest.raises(WrongState, match="one_is_open"):
        appealed(world, blocked)


def test_a_step_of_another_payment_cannot_be_named(world: World, blocked: EscalationStep) -> None:
    other = world.delivered(world.signed(at="2025-06-16"), "2025-07-01")
    with pytest.raises(NotFound):
        enforcement.appeal(world.session, other, blocked.id, reason="不对", actor=world.buyer, now=noon("2025-10-02"))


def test_only_the_operator_decides_and_says_why(world: World, blocked: EscalationStep) -> None:
    row = appealed(world, blocked)
    with pytest.raises(NotAllowed, match="only_operator"):
        enforcement.decide_appeal(world.session, row.id, upheld=True, note="好", actor=world.founder,
                                  now=noon("2025-10-03"))
    with pytest.raises(Problems, match=r"field\.required"):
        enforcement.decide_appeal(world.session, row.id, upheld=True, note="", actor=world.operator,
                                  now=noon("2025-10-03"))


def test_every_change_stands_in_the_audit_chain(world: World, owed: Obligation, blocked: EscalationStep) -> None:
    row = decided(world, blocked, upheld=True)
    about_step = [entry.action for entry in audit.history(world.session, "obligation", owed.id)]
    assert about_step.count("step:take") == 7
    assert "step:undo" in about_step
    assert [entry.action for entry in audit.history(world.session, "step_appeal", row.id)] == [
        "appeal:open", "appeal:decide"]
    assert audit.verify(world.session).intact
