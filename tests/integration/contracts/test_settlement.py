"""Settlement with an agreed period: handed in, confirmed, contested in part, or left without an answer."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.contracts.models import Contract
from marketplace.contracts.parts import PartAccepted
from marketplace.notices import operations as notices
from marketplace.payments import operations as payments
from marketplace.payments import parts, settlement, silence
from marketplace.payments.models import Obligation
from marketplace.payments.settlement import Contest
from marketplace.payments.turns import Turn, turn_of
from marketplace.rules.errors import RuleViolation
from marketplace.rules.payment_term import BUYER_DELAYED_SETTLEMENT, SETTLEMENT_PENDING
from tests.integration.payments.world import World, noon, on


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.fixture
def contract(world: World) -> Contract:
    """30 days from the settlement, which the buyer owes within 10 days of the statement."""
    made = world.signed(at="2025-06-16", start_basis="settlement", term_days=30, settlement_period_days=10)
    world.delivered(made, "2025-07-01")
    return made


def submitted(world: World, contract: Contract, day: str, *, on_day: str = "") -> Obligation:
    return settlement.record_submission(world.session, contract.milestones[0].id, on=on(on_day or day), note="见明细表",
                                        actor=world.founder, now=noon(day))


def confirmed(world: World, contract: Contract, day: str) -> Obligation:
    return payments.record_settlement(world.session, contract.milestones[0].id, on=on(day), actor=world.buyer,
                                      now=noon(day))


def turn(world: World, owed: Obligation, day: str) -> tuple[Turn, dt.date | None]:
    return turn_of(owed.contract, owed.milestone, owed, world.statement(owed, day))


def test_the_text_both_sides_confirm_names_the_period_and_what_silence_means(contract: Contract) -> None:
    assert "自收到乙方结算单之日起10日内确认金额或者提出异议" in contract.text
    assert "期满未答复的，视为已于期满之日确认" in contract.text


def test_a_confirmation_in_time_starts_the_term_on_its_day(world: World, contract: Contract) -> None:
    submitted(world, contract, "2025-07-03")
    owed = confirmed(world, contract, "2025-07-08")
    assert (owed.term_start, owed.due_on) == (on("2025-07-08"), on("2025-08-07"))


def test_until_the_answer_the_latest_day_is_shown_and_says_so(world: World, contract: Contract) -> None:
    owed = submitted(world, contract, "2025-07-03")
    world.accepted(contract, "2025-07-03")
    found = world.statement(owed, "2025-07-05")
    # 07-13 is a Sunday, so the period ends on Monday 07-14
    assert (found.term.settlement_period_end, found.due) == (on("2025-07-14"), on("2025-08-13"))
    assert SETTLEMENT_PENDING in found.warnings
    assert turn(world, owed, "2025-07-05") == (Turn.CONFIRM_SETTLEMENT, on("2025-07-14"))


def test_silence_and_a_late_confirmation_both_start_the_term_when_the_period_ends(
        world: World, contract: Contract) -> None:
    owed = submitted(world, contract, "2025-07-03")
    found = world.statement(owed, "2025-07-15")
    assert (found.term.start, BUYER_DELAYED_SETTLEMENT in found.flags) == (on("2025-07-14"), True)
    assert [step.article for step in found.term.steps if step.what == "term_start"] == ["CN-802/10-2"]
    assert confirmed(world, contract, "2025-07-25").term_start == on("2025-07-14")


def test_without_a_statement_nothing_is_deemed_and_it_is_the_founders_turn(world: World, contract: Contract) -> None:
    owed = world.accepted(contract, "2025-07-03")
    assert world.statement(owed, "2025-09-01").due is None
    assert turn(world, owed, "2025-09-01") == (Turn.SUBMIT_SETTLEMENT, None)


def test_the_period_counts_from_when_the_buyer_could_read_the_statement(world: World, contract: Contract) -> None:
    owed = submitted(world, contract, "2025-07-11", on_day="2025-07-02")  # dated back nine days
    assert world.statement(owed, "2025-07-12").term.settlement_period_end == on("2025-07-21")


def test_a_statement_is_handed_in_once_for_a_delivery_by_the_founder(world: World, contract: Contract) -> None:
    options = {"on": on("2025-07-03"), "note": "", "now": noon("2025-07-03")}
    milestone = contract.milestones[0].id
    assert refusal(settlement.record_submission, world.session, milestone, actor=world.buyer, **options) == \
        "contract.other_side"
    settlement.record_submission(world.session, milestone, actor=world.founder, **options)
    assert refusal(settlement.record_submission, world.session, milestone, actor=world.founder, **options) == \
        "milestone.settlement_submitted_before"
    other = world.signed(at="2025-06-16")
    world.delivered(other, "2025-07-01")
    assert refusal(settlement.record_submission, world.session, other.milestones[0].id, actor=world.founder,
                   **options) == "milestone.no_settlement_agreed"


def test_a_contested_part_is_disputed_and_the_rest_is_due(world: World, contract: Contract) -> None:
    submitted(world, contract, "2025-07-03")
    owed = settlement.record_contest(
        world.session, contract.milestones[0].id, Contest(on("2025-07-08"), 2_500_000, "多计两人天"), actor=world.buyer,
        now=noon("2025-07-08"))
    found = world.statement(owed, "2025-08-20")
    assert (found.due, found.facts.undisputed_fen, found.principal_left_fen) == (on("2025-08-07"), 7_500_000, 7_500_000)
    dispute = owed.disputes[0]
    payments.resolve_dispute(world.session, dispute.id, upheld_fen=1_000_000, note="认可一半", actor=world.operator,
                             now=noon("2025-08-20"))
    # Art 15 and the worked vectors: what is upheld bears interest from the original due date, 13 days at 0.05 %
    assert world.statement(owed, "2025-08-20").interest_fen == 8_500_000 * 13 * 5 // 10_000


def test_what_a_statement_covers_is_contested_and_not_split(world: World, contract: Contract) -> None:
    submitted(world, contract, "2025-07-03")
    part = PartAccepted(accepted_fen=7_000_000, accepted_on=on("2025-07-04"), reason="多计两人天")
    assert refusal(parts.record_part_acceptance, world.session, contract.milestones[0].id, part, actor=world.buyer,
                   now=noon("2025-07-04")) == "milestone.settlement_to_contest"


def test_silence_is_written_down_once_and_both_sides_are_told(world: World, contract: Contract) -> None:
    submitted(world, contract, "2025-07-03")
    assert silence.run(world.session, today=on("2025-07-14"), now=noon("2025-07-14")) == 0  # the last day itself
    for _ in range(24):
        silence.run(world.session, today=on("2025-07-15"), now=noon("2025-07-15"))
    events = contract.milestones[0].deliveries[-1].clock_events
    assert [(event.kind, event.ended_on) for event in events] == [("settlement", on("2025-07-14"))]
    for side in (world.buyer, world.founder):
        codes = [notice.code for notice in notices.inbox(world.session, side.organisation_id)]
        assert codes.count("settlement_lapsed") == 1


def test_silence_on_a_delivery_is_written_down_with_the_end_of_its_period(world: World) -> None:
    contract = world.signed(at="2025-06-16", start_basis="acceptance", term_days=30, acceptance_period_days=10)
    world.delivered(contract, "2025-07-01")
    milestone = contract.milestones[0]
    assert silence.silence_of(milestone, as_of=on("2025-07-11")) is None
    found = silence.silence_of(milestone, as_of=on("2025-07-12"))
    assert (found.kind, found.ended_on, found.article) == ("acceptance", on("2025-07-11"), "CN-802/10-2")
    assert silence.run(world.session, today=on("2025-07-12"), now=noon("2025-07-12")) == 1
    assert silence.run(world.session, today=on("2025-08-12"), now=noon("2025-08-12")) == 0
    world.accepted(contract, "2025-08-12")
    assert silence.silence_of(milestone, as_of=on("2025-08-13")) is None
    assert world.owed(contract).term_start == on("2025-07-11")
