"""What two companies have in common, and what only looks so."""
from __future__ import annotations

from datetime import date

import pytest

from marketplace.rules.conflicts import (
    Identity,
    SignalKind,
    employment_counts,
    mail_domain,
    plain_address,
    plain_phone,
    shared,
)

BUYER = Identity(uscc="91330100MA2B000018", people=("陈国栋",), phones=("0571-8765 4321",),
                 emails=("chen@hengtai-bearing.cn",), address="杭州市滨江区江南大道３００号Ａ座１２０１室")


def kinds(other: Identity) -> list[SignalKind]:
    return [signal.kind for signal in shared(BUYER, other)]


def test_a_stranger_has_nothing_in_common_with_the_buyer() -> None:
    assert kinds(Identity(uscc="91330100MA2F000029", people=("周敏",), phones=("13805710000",),
                          emails=("zhou@163.com",), address="杭州市余杭区文一西路998号5幢202室")) == []


@pytest.mark.parametrize("address", [
    "杭州市滨江区江南大道300号A栋1201", "杭州市 滨江区 江南大道300号 a座 1201室",
    "杭州市滨江区江南大道300号A幢1201号房"])
def test_one_address_is_recognised_however_it_is_written(address: str) -> None:
    assert kinds(Identity(address=address)) == [SignalKind.SAME_ADDRESS]


@pytest.mark.parametrize("address", [
    "杭州市滨江区江南大道300号A座1202室", "杭州市滨江区江南大道300号B座1201室",
    "杭州市滨江区江南大道300号", "杭州市滨江区"])
def test_another_room_of_the_same_tower_is_another_address(address: str) -> None:
    assert kinds(Identity(address=address)) == []


def test_an_address_without_a_number_names_no_place() -> None:
    assert plain_address("广东省深圳市南山区科技园") == ""
    assert plain_address("三号楼") == ""


@pytest.mark.parametrize(("one", "other"), [
    ("文一西路998号三号楼十二层", "文一西路998号3栋12层"), ("文一西路998号3-502", "文一西路998号3号楼502室"),
    ("文一西路998号二十一楼", "文一西路998号21层")])
def test_chinese_numerals_and_dashes_are_read(one: str, other: str) -> None:
    assert plain_address(one) == plain_address(other) != ""


@pytest.mark.parametrize("phone", ["+86 571 87654321", "0571-87654321", "（0571）87654321", "00865718765 4321"])
def test_one_number_is_recognised_however_it_is_written(phone: str) -> None:
    assert kinds(Identity(phones=(phone,))) == [SignalKind.SAME_PHONE]


def test_an_extension_is_no_number() -> None:
    assert plain_phone("8021") == ""
    assert plain_phone("+86 138 0571 0000") == plain_phone("13805710000")


def test_public_mail_hosts_say_nothing() -> None:
    assert [mail_domain(address) for address in ("a@QQ.com", "b@vip.163.com", "c@demo.jiebang.example")] == ["", "", ""]
    assert mail_domain("d@Hengtai-Bearing.CN") == "hengtai-bearing.cn"
    assert kinds(Identity(emails=("x@hengtai-bearing.cn",))) == [SignalKind.SAME_MAIL_DOMAIN]


def test_the_same_body_under_two_codes_is_one_holder() -> None:
    assert kinds(Identity(uscc="52330100MA2B00001X")) == [SignalKind.SAME_HOLDER]


def test_an_interest_a_founder_states_itself_is_shown() -> None:
    assert kinds(Identity(uscc="91330100MA2F000029", interests=(BUYER.uscc,))) == [SignalKind.STATED_INTEREST]


def test_a_namesake_is_a_lead_and_the_phone_is_shown_by_its_end_only() -> None:
    found = shared(BUYER, Identity(people=("陈 国栋",), phones=("057187654321",)))
    assert [(one.kind, one.facts) for one in found] == [
        (SignalKind.SAME_REPRESENTATIVE, {"name": "陈国栋"}), (SignalKind.SAME_PHONE, {"ending": "4321"})]


@pytest.mark.parametrize(("ended", "counts"), [
    (None, True), (date(2023, 3, 20), True), (date(2023, 3, 19), False), (date(2026, 1, 1), True)])
def test_employment_counts_for_three_years_after_it_ended(ended: date | None, counts: bool) -> None:
    """政府采购法实施条例 Art. 9."""
    assert employment_counts(date(2019, 1, 1), ended, on=date(2026, 3, 20)) is counts


def test_employment_that_has_not_begun_does_not_count() -> None:
    assert not employment_counts(date(2026, 4, 1), None, on=date(2026, 3, 20))
    assert employment_counts(date(2019, 1, 1), date(2021, 2, 28), on=date(2024, 2, 29))
