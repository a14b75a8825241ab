"""An invitation: once for each founder and demand, only while bids are taken, never where interests conflict."""
from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.audit import operations as audit
from marketplace.db import get, make_engine, transaction
from marketplace.demand import operations as demands
from marketplace.demand.models import Demand
from marketplace.notices import operations as notices
from marketplace.notices import texts
from marketplace.rules.errors import RuleViolation
from marketplace.suggestions import operations, queries
from tests.integration.founders.people import DEADLINE, LEAKS, NOW, buyer, founder, leak_demand, profile_id


def invite(session: Session, demand: Demand, person: User, actor: User, *, now: dt.datetime = NOW, note: str = ""):
    return operations.invite(session, demand, profile_id(session, person), note=note, actor=actor, now=now)


def refusal(*arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        invite(*arguments, **options)
    return caught.value.code


def test_the_founder_is_told_who_invites_and_for_what_and_it_is_on_record(session: Session) -> None:
    anchor, person = buyer(session, 1), founder(session, 1, profile=LEAKS)
    demand = leak_demand(session, anchor)
    invite(session, demand, person, anchor, note="看过您在县城的案例。")
    [kept] = queries.invitations_of(session, person.organisation_id)
    assert (kept.demand.code, kept.note) == (demand.code, "看过您在县城的案例。")
    [notice] = notices.inbox(session, person.organisation_id)
    assert "buyer1 公司" in texts.sentence(notice, "zh")
    assert demand.title in texts.sentence(notice, "zh")
    assert audit.history(session, "demand", demand.id)[-1].action == "demand:invite"


def test_a_founder_is_invited_once_for_each_demand(session: Session) -> None:
    anchor, person = buyer(session, 1), founder(session, 1, profile=LEAKS)
    first, second = leak_demand(session, anchor), leak_demand(session, anchor, title="二次供水巡检")
    invite(session, first, person, anchor)
    assert refusal(session, first, person, anchor) == "invitation.already"
    invite(session, second, person, anchor)
    assert len(queries.invitations_of(session, person.organisation_id)) == 2


def test_up_to_the_deadline_one_may_invite_and_not_a_microsecond_later(session: Session) -> None:
    anchor, demand = buyer(session, 1), None
    on_time, late = founder(session, 1, profile=LEAKS), founder(session, 2, profile=LEAKS)
    demand = leak_demand(session, anchor)
    invite(session, demand, on_time, anchor, now=DEADLINE)
    assert refusal(session, demand, late, anchor, now=DEADLINE + dt.timedelta(microseconds=1)) \
        == "invitation.not_accepting"


def test_nobody_is_invited_to_a_cancelled_demand(session: Session) -> None:
    anchor, person = buyer(session, 1), founder(session, 1, profile=LEAKS)
    demand = leak_demand(session, anchor)
    demands.cancel(session, demand, reason="预算调整", actor=anchor, now=NOW)
    assert refusal(session, demand, person, anchor) == "invitation.not_accepting"


def test_a_founder_with_an_interest_in_the_buyer_cannot_be_invited(session: Session) -> None:
    anchor = buyer(session, 1)
    person = founder(session, 1, profile=dataclasses.replace(LEAKS, related_usccs=(anchor.organisation.uscc,)))
    assert refusal(session, leak_demand(session, anchor), person, anchor) == "invitation.conflict"


def test_a_demand_set_aside_for_smaller_firms_invites_no_large_one(session: Session) -> None:
    anchor, large = buyer(session, 1), founder(session, 1, profile=LEAKS, size="large")
    assert refusal(session, leak_demand(session, anchor, set_aside=True), large, anchor) == "invitation.set_aside"
    assert invite(session, leak_demand(session, anchor), large, anchor).id


def invite_in_process(database_url: str, demand_id: int, profile: int, user_id: int) -> int:
    engine = make_engine(database_url)
    try:
        with transaction(engine) as session:
            return operations.invite(session, get(session, Demand, demand_id), profile, note="",
                                     actor=get(session, User, user_id), now=NOW).id
    finally:
        engine.dispose()


def test_two_colleagues_inviting_at_once_send_one_invitation(engine, run_in_processes) -> None:
    with transaction(engine) as session:
        anchor, person = buyer(session, 1), founder(session, 1, profile=LEAKS)
        call = (leak_demand(session, anchor).id, profile_id(session, person), anchor.id)
        organisation_id = person.organisation_id
    outcomes = run_in_processes(invite_in_process, [call] * 2)
    assert sorted(outcome.refused or "sent" for outcome in outcomes) == ["invitation.already", "sent"]
    with Session(engine) as session:
        assert len(notices.inbox(session, organisation_id)) == 1
