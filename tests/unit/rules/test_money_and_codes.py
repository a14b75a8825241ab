"""Amounts as people write them, the unified social credit code, and states."""
from __future__ import annotations

import pytest

from marketplace.rules import lifecycle, money, uscc
from marketplace.rules.errors import Invalid, WrongState


@pytest.mark.parametrize(("text", "fen"), [
    ("12,000.50", 1_200_050), ("１２，０００", 1_200_000), ("1.2万元", 1_200_000), ("¥300", 30_000), ("￥3", 300),
    ("人民币5元整", 500), ("1.5亿", 15_000_000_000), (" 7 ", 700), ("0.01", 1), (".5", 50), ("RMB 88", 8_800),
    ("3千元", 300_000),
])
def test_amounts_as_people_write_them(text, fen):
    assert money.parse_yuan(text) == fen


@pytest.mark.parametrize(("text", "code"), [
    ("", "money.missing"), ("  ", "money.missing"), ("abc", "money.not_a_number"), ("1,00", "money.not_a_number"),
    ("1e5", "money.not_a_number"), ("五万", "money.not_a_number"), ("5美元", "money.not_a_number"),
    ("-3", "money.negative"), ("0", "money.zero"), ("0.001", "money.smaller_than_a_fen"),
    ("99999999999999", "money.too_large"),
])
def test_what_is_no_amount_is_refused_by_name(text, code):
    with pytest.raises(Invalid) as refused:
        money.parse_yuan(text)
    assert refused.value.code == code


@pytest.mark.parametrize(("fen", "shown"), [(1_200_050, "¥12,000.50"), (5, "¥0.05"), (-150, "-¥1.50"), (0, "¥0.00")])
def test_money_is_shown_to_the_fen(fen, shown):
    assert money.format_fen(fen) == shown


def test_a_hundred_fen_in_three_equal_parts_lose_nothing():
    assert money.split(100, [1, 1, 1]) == [34, 33, 33]
    assert money.split(100, [0, 1]) == [0, 100]
    with pytest.raises(Invalid):
        money.split(100, [0, 0])


# Real codes that stand in public registers.
@pytest.mark.parametrize("code", ["91330106673959654P", "914403001922038216", "91440300708461136T",
                                  "91110000802100433B", "91110108551385082Q", "91130600738737199K"])
def test_registered_codes_pass_both_checks(code):
    assert uscc.check(code) == code
    assert uscc.complete(code[:16]) == code


def test_a_code_is_read_as_people_type_it():
    assert uscc.check(" ９１３３０１０６-673959654p ") == "91330106673959654P"


@pytest.mark.parametrize(("code", "reason", "facts"), [
    ("", "uscc.missing", {}),
    ("9133010667395965", "uscc.length", {"length": 16, "wanted": 18}),
    ("91330106673959654I", "uscc.character", {"character": "I", "place": 18}),
    ("91330106673959655P", "uscc.organisation_check_digit", {"place": 17, "digit": "5"}),
    ("91330106673959654Q", "uscc.check_digit", {"place": 18, "digit": "Q"}),
    # a slip in the region code: the organisation code still fits, the whole does not
    ("91330107673959654P", "uscc.check_digit", {"place": 18, "digit": "P"}),
])
def test_the_check_digit_that_fails_is_named(code, reason, facts):
    with pytest.raises(Invalid) as refused:
        uscc.check(code)
    assert (refused.value.code, refused.value.facts) == (reason, facts)


@pytest.mark.parametrize(("prefix", "kind"), [
    ("11", "government"), ("12", "public_institution"), ("91", "enterprise"), ("92", "individual_business"),
    ("52", "social_organisation"), ("99", None)])
def test_the_first_two_characters_suggest_who_it_is(prefix, kind):
    assert uscc.kind(prefix + "330106673959654P") == kind


@pytest.mark.parametrize(("table", "path", "end"), [
    (lifecycle.DEMAND, ("submit", "publish", "open_bids", "award"), "complete"),
    (lifecycle.DEMAND, ("submit", "publish", "close_without_bids"), "unsuccessful"),
    (lifecycle.DEMAND, ("submit", "publish", "open_bids", "none_suitable"), "unsuccessful"),
    (lifecycle.CONTRACT, ("sign", "finish"), "terminated"),
    (lifecycle.MILESTONE, ("deliver", "reject", "deliver", "accept"), "met"),
    (lifecycle.BID, ("open", "award"), "awarded"),
    (lifecycle.PAYMENT, ("contradict",), "contradicted"),
])
def test_the_way_of_an_object(table, path, end):
    status = next(iter(table.statuses))
    for action in path:
        status = lifecycle.advance(table, status, action)
    assert status == end


@pytest.mark.parametrize(("table", "status", "action", "allowed"), [
    (lifecycle.BID, "opened", "withdraw", ["award", "reject"]),
    (lifecycle.BID, "withdrawn", "open", []),
    (lifecycle.DEMAND, "complete", "cancel", ["revoke"]),
    (lifecycle.DEMAND, "planning", "publish", ["submit", "cancel"]),
    (lifecycle.DEMAND, "active", "award", ["open_bids", "close_without_bids", "cancel"]),
    (lifecycle.CONTRACT, "active", "cancel", ["finish"]),
    (lifecycle.MILESTONE, "met", "reject", []),
    (lifecycle.PAYMENT, "confirmed", "contradict", ["reverse"]),
])
def test_what_does_not_follow_is_refused_with_what_would(table, status, action, allowed):
    with pytest.raises(WrongState) as refused:
        lifecycle.advance(table, status, action)
    assert refused.value.code == f"{table.name}.wrong_state"
    assert refused.value.facts == {"status": status, "action": action, "allowed": allowed}
