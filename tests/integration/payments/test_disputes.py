"""Decree 802 Art 15: a part in dispute waits, the rest is paid on time."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.payments import operations as payments
from marketplace.payments.models import Dispute, Obligation
from marketplace.rules.errors import RuleViolation
from tests.integration.payments.world import World, noon

DAY = dt.date.fromisoformat


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.fixture
def owed(world: World) -> Obligation:
    """90,000 yuan owed by a public body, due 2026-04-01."""
    world.buyer.organisation.payer_type = "government"
    return world.delivered(world.signed(at="2026-01-05", amounts=(9_000_000,)), "2026-03-02")


def dispute(world: World, owed: Obligation, amount_fen: int, day: str = "2026-03-20") -> Dispute:
    return payments.open_dispute(world.session, owed, amount_fen=amount_fen, reason="报告缺两章", actor=world.buyer,
                                 now=noon(day))


def resolve(world: World, found: Dispute, upheld_fen: int, day: str = "2026-06-01", **more) -> Dispute:
    return payments.resolve_dispute(world.session, found.id, upheld_fen=upheld_fen, note="双方在调解书上签字",
                                    now=noon(day), **({"actor": world.operator} | more))


def test_the_undisputed_part_is_late_on_its_own_day(world: World, owed: Obligation) -> None:
    dispute(world, owed, 2_700_000)
    world.paid(owed, "2026-04-20", 6_300_000)
    found = world.statement(owed, "2026-05-31")
    # 63,000 yuan x 0.05% x 19 days
    assert (found.overdue_days, found.interest_fen, found.principal_left_fen) == (19, 59_850, 0)
    assert "DISPUTED_PART_NOT_YET_ACCRUING" in found.flags
    assert owed.settled_on is None


def test_what_is_upheld_bears_interest_from_the_original_due_date(world: World, owed: Obligation) -> None:
    opened = dispute(world, owed, 2_700_000)
    world.paid(owed, "2026-04-01", 6_300_000)
    resolve(world, opened, 2_000_000)
    found = world.statement(owed, "2026-06-01")
    assert found.interest_fen == 61_000  # 20,000 yuan x 0.05% x 61 days from 2026-04-02
    assert world.statement(owed, "2026-05-31").interest_fen == 0  # on the day before, it was still in dispute
    world.paid(owed, "2026-06-10", 2_000_000)
    assert owed.settled_on == DAY("2026-06-10")


def test_a_dismissed_claim_settles_what_was_paid(world: World, owed: Obligation) -> None:
    opened = dispute(world, owed, 2_700_000)
    world.paid(owed, "2026-04-01", 6_300_000)
    resolve(world, opened, 0)
    assert (opened.status, owed.settled_on) == ("dismissed", DAY("2026-04-01"))


def test_all_in_dispute_and_dismissed_is_settled_on_the_day_of_the_result(world: World, owed: Obligation) -> None:
    opened = dispute(world, owed, 9_000_000)
    assert not world.statement(owed, "2026-05-01").is_overdue
    resolve(world, opened, 0)
    assert owed.settled_on == DAY("2026-06-01")


def test_one_dispute_at_a_time_and_never_over_what_is_unpaid(world: World, owed: Obligation) -> None:
    world.paid(owed, "2026-03-10", 5_000_000)
    world.notified(owed, "2026-03-12", 1_000_000)
    assert refusal(dispute, world, owed, 3_000_001) == "dispute.amount_out_of_range"
    opened = dispute(world, owed, 1_000_000)
    assert refusal(dispute, world, owed, 1_000_000) == "dispute.one_is_open"
    resolve(world, opened, 1_000_000, "2026-03-25")
    # What was found payable cannot be disputed again: 4,000,000 unpaid - 1,000,000 said to be paid - 1,000,000 found
    assert refusal(dispute, world, owed, 2_000_001, "2026-03-26") == "dispute.amount_out_of_range"
    assert dispute(world, owed, 2_000_000, "2026-03-26").status == "open"


def test_only_the_operator_records_a_result_once_and_within_the_dispute(world: World, owed: Obligation) -> None:
    opened = dispute(world, owed, 2_700_000)
    assert refusal(resolve, world, opened, 0, actor=world.buyer) == "dispute.only_operator"
    assert refusal(resolve, world, opened, 2_700_001) == "dispute.upheld_out_of_range"
    resolve(world, opened, 2_700_000)
    assert refusal(resolve, world, opened, 0) == "dispute.wrong_state"
