"""A joint bid divides the price exactly, and nobody stands in two bids for one demand."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules import joint_bid
from marketplace.rules.errors import WrongState
from marketplace.rules.joint_bid import MemberStatus, Part
from marketplace.rules.lifecycle import advance

LEAD = Part("A", "总体与算法", 6_000)


def codes(lead: Part, *others: Part) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in joint_bid.problems(lead, others)]


def test_shares_of_a_joint_bid_add_up_to_the_whole_to_the_last_basis_point() -> None:
    assert codes(LEAD, Part("B", "装调", 4_000)) == []
    assert codes(LEAD, Part("B", "装调", 3_999)) == [("members", "team.shares_do_not_add_up")]
    assert codes(LEAD, Part("B", "装调", 4_001)) == [("members", "team.shares_do_not_add_up")]


def test_everything_wrong_in_a_team_is_told_at_once() -> None:
    assert codes(Part("A", "", 10_000), Part("A", "装调", 0)) == [
        ("members.0.uscc", "team.named_twice"), ("lead.role", "field.required"),
        ("lead.share_bp", "team.share_out_of_range"), ("members.0.share_bp", "team.share_out_of_range")]


def test_a_team_of_one_is_no_team_and_six_are_too_many() -> None:
    assert codes(LEAD) == [("members", "team.nobody_named"), ("members", "team.shares_do_not_add_up")]
    others = [Part(str(number), "装调", 800) for number in range(5)]
    assert codes(LEAD, *others) == [("members", "team.too_many")]
    assert codes(Part("A", "总体", 6_800), *others[:4]) == []


@given(st.integers(1, 10**12), st.lists(st.integers(1, 9_999), min_size=2, max_size=5))
def test_what_the_members_get_adds_up_to_the_amount_and_is_never_a_fen_off_the_share(
        amount_fen: int, shares: list[int]) -> None:
    parts = joint_bid.amounts(amount_fen, shares)
    assert sum(parts) == amount_fen
    assert all(abs(part * sum(shares) - amount_fen * share) < sum(shares)
               for part, share in zip(parts, shares, strict=True))


def test_a_founder_in_two_bids_makes_both_void_and_no_other() -> None:
    """Implementing Regulation Art. 37(3)."""
    assert joint_bid.clashes({1: {"A", "B"}, 2: {"B"}, 3: {"C"}, 4: {"D", "E"}, 5: {"E", "F"}}) == {1, 2, 4, 5}
    assert joint_bid.clashes({1: {"A", "B"}, 2: {"C"}, 3: set()}) == set()


def test_a_member_may_step_back_but_not_answer_an_invitation_taken_back() -> None:
    assert advance(joint_bid.TEAM_MEMBER, MemberStatus.CONFIRMED, "decline") == MemberStatus.DECLINED
    with pytest.raises(WrongState):
        advance(joint_bid.TEAM_MEMBER, MemberStatus.WITHDRAWN, "confirm")
    with pytest.raises(WrongState):
        advance(joint_bid.TEAM_MEMBER, MemberStatus.DECLINED, "confirm")


@pytest.mark.parametrize(("share_bp", "shown"), [(3334, "33.34"), (5000, "50"), (5, "0.05"), (1250, "12.50")])
def test_a_share_is_shown_in_percent_without_rounding(share_bp: int, shown: str) -> None:
    assert joint_bid.percent(share_bp) == shown
