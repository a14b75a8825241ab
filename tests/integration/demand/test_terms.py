"""Payment terms are held against Decree 802 before a demand is stored, and again when it is published."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.demand import operations, records
from marketplace.demand.terms import summary
from marketplace.i18n import sentence
from marketplace.rules.errors import Problems
from tests.integration.demand.conftest import IN_TWO_WEEKS, NOW
from tests.publishing import publish


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The law is the same on every database: one is enough here."""
    return sqlite_url


def refused(call) -> dict[str, str]:
    """{field: code} of everything that was refused."""
    with pytest.raises(Problems) as caught:
        call()
    return {problem.field: problem.code for problem in caught.value}


def test_a_public_body_may_not_ask_for_75_days_and_is_told_the_article(session, bureau, write) -> None:
    with pytest.raises(Problems) as caught:
        operations.create(session, write(term_days=75), actor=bureau, now=NOW)
    (problem,) = caught.value
    assert (problem.field, problem.code) == ("term_days", "terms.public_over_60")
    told = sentence(problem, "zh")
    assert "第九条第一款" in told
    assert "75" in told
    assert "Article 9(1)" in sentence(problem, "en")


@pytest.mark.parametrize("days", [30, 60, None])
def test_a_public_body_may_agree_on_up_to_60_days_or_leave_it_to_the_law(session, bureau, write, days) -> None:
    assert operations.create(session, write(term_days=days), actor=bureau, now=NOW).term_days == days


def test_a_reason_does_not_help_a_public_body_over_60_days(session, bureau, write) -> None:
    draft = write(term_days=61, over_60_reason="财政拨款较晚")
    assert "term_days" in refused(lambda: operations.create(session, draft, actor=bureau, now=NOW))


def test_a_large_enterprise_is_asked_for_its_reason_beyond_60_days(session, anchor, write) -> None:
    found = refused(lambda: operations.create(session, write(term_days=75), actor=anchor, now=NOW))
    assert found == {"over_60_reason": "terms.over_60_reason_needed"}


def test_a_recorded_reason_lets_a_large_enterprise_agree_on_75_days(session, anchor, write) -> None:
    draft = write(term_days=75, over_60_reason="船舶设备按航次结算，行业惯例为七十五天")
    demand = operations.create(session, draft, actor=anchor, now=NOW)
    assert summary(demand, anchor.organisation).over_60_reason == draft.over_60_reason


@pytest.mark.parametrize(("said", "field", "code"), [
    ({"acceptance_period_days": None}, "acceptance_period_days", "terms.acceptance_period_missing"),
    ({"pay_when_paid_clause": True}, "pay_when_paid_clause", "terms.pay_when_paid"),
    ({"late_rate_value": "2.5", "late_rate_unit": "percent_per_year"}, "late_rate_value", "terms.rate_below_lpr"),
    ({"late_rate_value": "0.008", "late_rate_unit": "percent_per_day"}, "late_rate_value", "terms.rate_below_lpr"),
])
def test_what_the_law_forbids_everyone_is_refused_beside_its_field(session, anchor, write, said, field, code) -> None:
    found = refused(lambda: operations.create(session, write(**said), actor=anchor, now=NOW))
    assert found == {field: code}


def test_everything_unlawful_is_told_at_once(session, bureau, write) -> None:
    draft = write(term_days=90, acceptance_period_days=None, pay_when_paid_clause=True)
    assert refused(lambda: operations.create(session, draft, actor=bureau, now=NOW)).keys() == {
        "term_days", "acceptance_period_days", "pay_when_paid_clause"}


def test_the_statutory_term_is_shown_where_none_is_agreed(session, anchor, bureau, write) -> None:
    assert summary(write(), bureau.organisation).days == 30
    assert summary(write(), anchor.organisation).days == 60
    assert summary(write(), bureau.organisation).term_article == "CN-802/9-1"
    assert summary(write(), anchor.organisation).term_article == "CN-802/9-2"


def test_a_small_buyer_is_outside_the_decree_and_has_no_statutory_term(session, registered, write) -> None:
    small = registered(session, "sme")
    demand = operations.create(session, write(term_days=90), actor=small, now=NOW)
    assert not summary(demand, small.organisation).in_scope
    assert summary(write(), small.organisation).days is None


def test_terms_are_looked_at_again_on_the_day_of_publication(session, anchor, write) -> None:
    """A buyer that has become a public body meanwhile cannot publish the 75 days it drafted as an enterprise."""
    demand = operations.create(session, write(term_days=75, over_60_reason="行业惯例"), actor=anchor, now=NOW)
    anchor.organisation.payer_type = "public_institution"
    later = NOW + dt.timedelta(days=3)
    assert "term_days" in refused(
        lambda: publish(session, demand, bid_deadline=IN_TWO_WEEKS, actor=anchor, now=later))


def test_editing_cannot_bring_in_what_creating_refuses(session, bureau, write) -> None:
    demand = operations.create(session, write(), actor=bureau, now=NOW)
    assert "term_days" in refused(
        lambda: operations.edit(session, demand, write(term_days=75), actor=bureau, now=NOW))
    assert records.draft_of(demand) == write()


def test_a_term_from_the_settlement_names_the_period_for_confirming_it(session, anchor, write) -> None:
    """Art 9(4) sets none: without one, a buyer that does not answer would keep the term from starting."""
    draft = write(start_basis="settlement")
    assert refused(lambda: operations.create(session, draft, actor=anchor, now=NOW)) == {
        "settlement_period_days": "terms.settlement_period_missing"}
    demand = operations.create(session, write(start_basis="settlement", settlement_period_days=10), actor=anchor,
                               now=NOW)
    assert summary(demand, anchor.organisation).settlement_period_days == 10
