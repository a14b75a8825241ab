"""How a credential stands on a day, when its holder is reminded, and what others see of its number."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.rules import credentials as rules
from marketplace.rules.credentials import CredentialState, CredentialStatus

LAST = dt.date(2026, 6, 30)


@pytest.mark.parametrize(("status", "today", "state"), [
    ("claimed", dt.date(2026, 6, 30), CredentialState.CLAIMED),
    ("verified", dt.date(2026, 6, 30), CredentialState.VERIFIED),
    ("verified", dt.date(2026, 7, 1), CredentialState.EXPIRED),
    ("claimed", dt.date(2026, 7, 1), CredentialState.EXPIRED),
    ("refused", dt.date(2026, 7, 1), CredentialState.REFUSED),
])
def test_the_last_day_counts_and_the_next_does_not(status: str, today: dt.date, state: CredentialState) -> None:
    assert rules.state_of(status, LAST, today=today) is state


def test_what_has_no_end_never_expires() -> None:
    assert rules.state_of("verified", None, today=dt.date(2099, 1, 1)) is CredentialState.VERIFIED
    assert rules.reminder_due(None, today=dt.date(2099, 1, 1)) is None


@pytest.mark.parametrize(("left", "due"), [
    (61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)])
def test_a_reminder_comes_at_sixty_thirty_and_seven_days_even_after_a_missed_day(left: int, due: int | None) -> None:
    assert rules.reminder_due(LAST, today=LAST - dt.timedelta(days=left)) == due


@pytest.mark.parametrize(("number", "shown"), [("AB12345678", "AB******78"), ("12345", "****5"), ("7", "7"), ("", "")])
def test_others_see_the_ends_of_a_number_only(number: str, shown: str) -> None:
    assert rules.masked(number) == shown


def test_width_case_and_blanks_do_not_make_another_certificate() -> None:
    assert rules.same_name("ＰＭＰ 证书") == rules.same_name("pmp证书")
    assert rules.same_name("执业药师") != rules.same_name("执业医师")


def test_a_verified_credential_is_not_changed_only_followed() -> None:
    assert {action for status, action in rules.CREDENTIAL.moves if status == CredentialStatus.VERIFIED} == {
        "refuse", "withdraw"}
