"""A contract fulfilled here becomes a case of its founder by itself, and nobody can write it otherwise."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.founders import cases, operations, queries
from marketplace.founders.operations import CaseDraft, ProfileDraft
from marketplace.payments import reversals
from marketplace.rules.errors import RuleViolation
from marketplace.suggestions import facts
from tests.integration.payments.world import World, noon

PROFILE = ProfileDraft(headline="识别水表", past_cases=(CaseDraft("老项目", "自己讲的"),))


@pytest.fixture
def world(session: Session) -> World:
    made = World(session)
    operations.save_profile(session, PROFILE, actor=made.founder, now=noon("2025-06-01"))
    return made


def fulfilled(world: World):
    """Two milestones; the second delivered late, the first paid late."""
    contract = world.signed(at="2025-07-01", amounts=(6_000_000, 4_000_000), term_days=30)
    first = world.delivered(contract, "2025-07-20")
    world.accepted(contract, "2025-07-21")
    second = world.delivered(contract, "2025-09-10", position=2)
    world.accepted(contract, "2025-09-11", position=2)
    world.paid(first, "2025-09-15", first.amount_fen)
    assert cases.of_contract(world.session, contract.id) is None, "one milestone is not paid yet"
    world.paid(second, "2025-09-20", second.amount_fen)
    return contract


def titles(world: World) -> list[tuple[str, bool]]:
    profile = queries.profile_of(world.session, world.founder.organisation_id)
    return [(case.title, case.contract_id is not None) for case in profile.past_cases]


def test_it_appears_with_the_payment_that_fulfils_the_contract_and_counts_what_was_on_time(world: World) -> None:
    contract = fulfilled(world)
    case = cases.of_contract(world.session, contract.id)
    assert (case.amount_fen, case.signed_on, case.finished_on) == (
        10_000_000, dt.date(2025, 7, 1), dt.date(2025, 9, 20))
    assert (case.milestones, case.delivered_on_time, case.paid_on_time) == (2, 1, 1)
    assert titles(world) == [(contract.demand.title, True), ("老项目", False)]
    told = facts.profile_facts(queries.profile_of(world.session, world.founder.organisation_id)).past_cases[0]
    assert told.summary == "模型与接口"


def test_the_founder_hides_and_shows_it_and_saving_the_profile_changes_nothing_of_it(world: World) -> None:
    contract = fulfilled(world)
    cases.hide(world.session, contract.number, hidden=True, actor=world.founder, now=noon("2025-10-01"))
    assert titles(world) == [("老项目", False)]
    operations.save_profile(world.session, ProfileDraft(headline="新", past_cases=(CaseDraft("甲"),)),
                            actor=world.founder, now=noon("2025-10-02"))
    assert titles(world) == [("甲", False)]
    cases.hide(world.session, contract.number, hidden=False, actor=world.founder, now=noon("2025-10-03"))
    assert titles(world) == [(contract.demand.title, True), ("甲", False)]


def test_only_the_founder_hides_only_the_buyer_consents_and_strangers_find_nothing(world: World) -> None:
    contract = fulfilled(world)
    for call, actor, code in (
            (lambda who: cases.hide(world.session, contract.number, hidden=True, actor=who, now=noon("2025-10-01")),
             world.buyer, "verified_case.founder_only"),
            (lambda who: cases.consent(world.session, contract.number, named=True, actor=who, now=noon("2025-10-01")),
             world.founder, "verified_case.buyer_only"),
            (lambda who: cases.for_party(world.session, contract.number, actor=who), world.stranger, "not_found")):
        with pytest.raises(RuleViolation) as caught:
            call(actor)
        assert caught.value.code == code
    case = cases.consent(world.session, contract.number, named=True, actor=world.buyer, now=noon("2025-10-01"))
    assert case.consented_by_id == world.buyer.id
    cases.consent(world.session, contract.number, named=False, actor=world.buyer, now=noon("2025-10-02"))
    assert case.consented_at is None


def test_a_payment_taken_back_takes_the_case_off_until_all_is_paid_again(world: World) -> None:
    contract = fulfilled(world)
    owed = world.owed(contract, position=2)
    reversals.reverse_payment(world.session, owed.payments[-1].id, kind="bounced", reason="退票",
                              actor=world.founder, now=noon("2025-09-25"))
    assert titles(world) == [("老项目", False)]
    owed = world.owed(contract, position=2)
    world.paid(owed, "2025-09-28", owed.amount_fen, reference="again")
    assert titles(world) == [(contract.demand.title, True), ("老项目", False)]


def test_a_founder_without_a_profile_finds_the_case_on_the_first_one(session: Session) -> None:
    world = World(session)
    contract = fulfilled(world)
    operations.save_profile(session, PROFILE, actor=world.founder, now=noon("2025-10-01"))
    assert titles(world) == [(contract.demand.title, True), ("老项目", False)]
