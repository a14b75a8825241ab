"""A capability profile: one for each company, changed only by its founder, verified cases never lost."""
from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.audit import operations as audit
from marketplace.contracts import operations as contracts
from marketplace.db import get, make_engine, transaction
from marketplace.founders import completeness, operations, queries
from marketplace.founders.models import PastCase
from marketplace.founders.operations import CaseDraft, ProfileDraft
from marketplace.rules.errors import RuleViolation
from marketplace.tendering import operations as tendering
from tests.integration.founders.people import LEAKS, NOW, POSTERS, buyer, founder
from tests.integration.tendering import market


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_what_a_founder_says_is_what_is_stored(session: Session) -> None:
    person = founder(session, 1, profile=LEAKS)
    stored = queries.profile_of(session, person.organisation_id)
    said = {field.name: getattr(LEAKS, field.name) for field in dataclasses.fields(LEAKS)}
    said["past_cases"] = [(case.title, case.summary) for case in LEAKS.past_cases]
    kept = {name: getattr(stored, name) for name in said}
    kept["past_cases"] = [(case.title, case.summary) for case in stored.past_cases]
    assert {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()} == kept


def test_a_change_raises_the_version_and_says_what_changed(session: Session) -> None:
    person = founder(session, 1, profile=LEAKS)
    cases = (*LEAKS.past_cases, CaseDraft("开发区分区计量"))
    changed = dataclasses.replace(LEAKS, day_rate_fen=150_000, past_cases=cases)
    stored = operations.save_profile(session, changed, actor=person, now=NOW)
    assert (stored.version, [case.position for case in stored.past_cases]) == (2, [1, 2])
    told = audit.history(session, "capability_profile", stored.id)[-1].facts
    assert '"changed":["day_rate_fen","past_cases"]' in told


def test_saving_what_is_already_there_changes_nothing(session: Session) -> None:
    person = founder(session, 1, profile=LEAKS)
    written = audit.size(session)
    assert operations.save_profile(session, LEAKS, actor=person, now=NOW).version == 1
    assert audit.size(session) == written


def test_a_case_from_a_contract_on_this_platform_stays_whatever_the_founder_saves(session: Session) -> None:
    person = founder(session, 7, profile=LEAKS)
    stored = queries.profile_of(session, person.organisation_id)
    verified = _verified_case(session, stored)
    operations.save_profile(session, dataclasses.replace(LEAKS, past_cases=()), actor=person, now=NOW)
    assert [case.title for case in stored.past_cases] == [verified]
    session.refresh(stored)
    assert [case.contract_id is not None for case in stored.past_cases] == [True]


def _verified_case(session: Session, profile) -> str:
    """A paid contract behind the profile's second case."""
    opened = market.open_market(session, founders=1)
    tendering.submit_bid(session, opened.demand, market.bid(), actor=opened.founders[0], now=market.NOW)
    market.open_bids(session, opened)
    market.score_all(session, opened, {1: (80, 80)})
    contract = contracts.award_and_draft(session, opened.demand, bid_id=opened.bid_ids(session)[1], reason="总分第一",
                                         actor=opened.buyer, now=market.AFTER)
    profile.past_cases.append(PastCase(position=2, title="轴承检测", summary="按期付清", contract_id=contract.id))
    session.flush()
    return "轴承检测"


def test_a_buyer_has_no_capability_profile(session: Session) -> None:
    assert refusal(operations.save_profile, session, LEAKS, actor=buyer(session, 1), now=NOW) == "profile.not_a_founder"


def test_whoever_read_an_older_version_does_not_overwrite_a_newer_one(session: Session) -> None:
    person = founder(session, 1, profile=LEAKS)
    operations.save_profile(session, POSTERS, actor=person, now=NOW, read_version=1)
    assert refusal(operations.save_profile, session, LEAKS, actor=person, now=NOW, read_version=1) \
        == "profile.changed_meanwhile"


def test_an_empty_profile_lacks_everything_and_a_full_one_nothing(session: Session) -> None:
    person = founder(session, 1, profile=LEAKS)
    nothing = completeness.of_profile(None)
    assert (nothing.done, nothing.missing[0]) == (0, "headline")
    stored = queries.profile_of(session, person.organisation_id)
    assert completeness.of_profile(stored).missing == ("bio",), "34 characters say too little"
    stored.bio += "无论白天黑夜，接到报漏两小时内到。"
    assert completeness.of_profile(stored).missing == ()


def save_in_process(database_url: str, user_id: int, headline: str) -> int:
    engine = make_engine(database_url)
    try:
        with transaction(engine) as session:
            return operations.save_profile(session, ProfileDraft(headline), actor=get(session, User, user_id),
                                           now=NOW).version
    finally:
        engine.dispose()


def test_two_first_saves_at_once_make_one_profile_in_two_versions(engine, run_in_processes) -> None:
    with transaction(engine) as session:
        user_id = founder(session, 1).id
    outcomes = run_in_processes(save_in_process, [(user_id, "找漏水"), (user_id, "查管网")])
    assert sorted(outcome.value for outcome in outcomes) == [1, 2]
