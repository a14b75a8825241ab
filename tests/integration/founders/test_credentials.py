"""Credentials: stated by the founder, looked at by the operator, and without effect from the day they expire."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.founders import credentials, operations, queries
from marketplace.founders.credentials import CredentialDraft
from marketplace.notices.models import Notice
from marketplace.rules.agents import ModelResidency
from marketplace.rules.errors import RuleViolation
from marketplace.suggestions import facts, pairing
from marketplace.suggestions import operations as suggestions
from tests.integration.founders import people
from tests.integration.founders.people import LEAKS, NOW

D = dt.date
RADIOLOGY = CredentialDraft("执业医师（放射）", "卫生健康委", "1101-2020-778", D(2020, 5, 1), D(2026, 5, 1))


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def day(number: int) -> dt.datetime:
    """Beijing noon, so many days after NOW."""
    return NOW + dt.timedelta(days=number)


@pytest.fixture(autouse=True)
def no_pool_of_profiles_that_were_rolled_back() -> Iterator[None]:
    """SQLite gives the ids of rolled-back profiles to others."""
    pairing._pools.clear()
    yield
    pairing._pools.clear()


@pytest.fixture
def founder(session: Session):
    return people.founder(session, 1, profile=LEAKS)


@pytest.fixture
def operator(session: Session):
    return people.operator(session)


def notices(session: Session, code: str) -> list[Notice]:
    return list(session.scalars(select(Notice).filter_by(code=code).order_by(Notice.id)))


def test_the_operator_sees_the_oldest_first_and_the_founder_hears_the_answer(session, founder, operator) -> None:
    late = credentials.claim(session, RADIOLOGY, actor=people.founder(session, 2), now=day(1))
    first = credentials.claim(session, replace(RADIOLOGY, number="2"), actor=founder, now=NOW)
    assert credentials.waiting(session) == [first, late]
    credentials.verify(session, first.id, actor=operator, now=day(2))
    credentials.refuse(session, late.id, reason="编号查不到", actor=operator, now=day(2))
    assert credentials.waiting_count(session) == 0
    assert notices(session, "credential_refused")[0].facts["reason"] == "编号查不到"
    assert notices(session, "credential_verified")[0].organisation_id == founder.organisation_id


def test_nobody_but_the_operator_verifies_and_never_without_a_reason_refuses(session, founder, operator) -> None:
    row = credentials.claim(session, RADIOLOGY, actor=founder, now=NOW)
    assert refusal(credentials.verify, session, row.id, actor=founder, now=NOW) == "credential.operator_only"
    assert refusal(credentials.refuse, session, row.id, reason=" ", actor=operator, now=NOW) == "field.required"
    assert refusal(credentials.verify, session, row.id, actor=operator, now=day(61)) == "credential.expired"


def test_a_refused_one_is_corrected_and_a_verified_one_only_followed_by_another(session, founder, operator) -> None:
    row = credentials.claim(session, RADIOLOGY, actor=founder, now=NOW)
    credentials.refuse(session, row.id, reason="编号不符", actor=operator, now=NOW)
    credentials.correct(session, row.id, replace(RADIOLOGY, number="1101-2020-779"), actor=founder, now=NOW)
    assert (row.status, row.reason) == ("claimed", None)
    credentials.verify(session, row.id, actor=operator, now=NOW)
    assert refusal(credentials.correct, session, row.id, RADIOLOGY, actor=founder, now=NOW) == "credential.wrong_state"


@pytest.mark.parametrize(("changed", "code"), [
    ({"valid_until": D(2020, 4, 30)}, "credential.ends_before_it_begins"),
    ({"valid_until": D(2026, 3, 1)}, "credential.expired"), ({"valid_from": D(2026, 3, 3)}, "credential.not_yet")])
def test_days_that_cannot_be_are_refused(session, founder, changed, code) -> None:
    assert refusal(credentials.claim, session, replace(RADIOLOGY, **changed), actor=founder, now=NOW) == code


def test_the_same_certificate_is_stated_once(session, founder) -> None:
    credentials.claim(session, RADIOLOGY, actor=founder, now=NOW)
    assert refusal(credentials.claim, session, RADIOLOGY, actor=founder, now=NOW) == "credential.stated_before"


def test_reminders_come_at_sixty_thirty_and_seven_days_once_each(session, founder) -> None:
    credentials.claim(session, RADIOLOGY, actor=founder, now=NOW)
    for number in range(62):
        for _ in range(2):
            credentials.expiry_round(session, today=D(2026, 3, 2) + dt.timedelta(days=number), now=day(number))
    told = [notice.facts["days"] for notice in notices(session, "credential_expiring")]
    assert told == [60, 30, 7]
    assert len(notices(session, "credential_expired")) == 1


def test_a_renewed_one_needs_no_reminder(session, founder) -> None:
    row = credentials.claim(session, RADIOLOGY, actor=founder, now=NOW)
    new = replace(RADIOLOGY, valid_from=D(2026, 3, 1), valid_until=D(2032, 3, 1))
    credentials.claim(session, new, actor=founder, now=NOW, renews_id=row.id)
    credentials.expiry_round(session, today=D(2026, 4, 1), now=day(30))
    assert notices(session, "credential_expiring") == []


def judged(session: Session, founder, demand):
    engine, wanted = pairing.pool(session).around(session, demand)
    return next(one for one in suggestions.judged(engine, wanted)
                if int(one.profile_id) == people.profile_id(session, founder))


def test_an_expired_certificate_no_longer_answers_a_demand_that_requires_it_and_says_since_when(session) -> None:
    """The bio still names the certificate: what has expired counts for nothing, wherever it is named."""
    founder = people.founder(session, 1, profile=replace(LEAKS, bio=LEAKS.bio + "本人是放射科执业医师。"))
    demand = people.leak_demand(session, people.buyer(session, 1), required_certifications=("执业医师",))
    row = credentials.claim(session, RADIOLOGY, actor=founder, now=NOW)
    assert judged(session, founder, demand).eligible
    version = queries.profile_of(session, founder.organisation_id).version
    assert credentials.expiry_round(session, today=D(2026, 5, 1), now=day(60))["credentials_expired"] == 0
    assert credentials.expiry_round(session, today=D(2026, 5, 2), now=day(61))["credentials_expired"] == 1
    match = judged(session, founder, demand)
    assert not match.eligible
    assert "已于2026-05-01到期" in next(one.text("zh") for one in match.vetoes if one.code == "certificate_expired")
    assert queries.profile_of(session, founder.organisation_id).version > version, "so that everything is matched anew"
    new = replace(RADIOLOGY, valid_from=D(2026, 5, 1), valid_until=D(2032, 5, 1))
    credentials.claim(session, new, actor=founder, now=day(62), renews_id=row.id)
    assert judged(session, founder, demand).eligible


def test_a_refused_certificate_does_not_count_even_where_the_profile_states_it_too(session, founder, operator) -> None:
    stated = replace(LEAKS, certifications=("执业医师（放射）", "PMP"))
    profile = operations.save_profile(session, stated, actor=founder, now=NOW)
    row = credentials.claim(session, RADIOLOGY, actor=founder, now=NOW)
    assert facts.certifications(profile) == ("PMP", "执业医师（放射）")
    credentials.refuse(session, row.id, reason="查无", actor=operator, now=NOW)
    assert facts.certifications(profile) == ("PMP",)


@pytest.mark.parametrize(("residency", "eligible"), [
    (ModelResidency.OVERSEAS, False), (ModelResidency.EITHER, True), (ModelResidency.DOMESTIC, True)])
def test_only_a_tool_that_cannot_do_without_models_abroad_breaks_their_ban(session, residency, eligible) -> None:
    tool = operations.AgentTool("写作助手", "写报告", residency, human_review=True)
    founder = people.founder(session, 1, profile=replace(
        LEAKS, agents=(tool,), bio="做漏损控制，以前基于境外大模型写报告。"))
    demand = people.leak_demand(session, people.buyer(session, 1),
                                description="把漏损点缩小到五十米以内。禁止使用境外大模型。")
    match = judged(session, founder, demand)
    assert match.eligible is eligible
    if not eligible:
        assert [(one.code, one.answer) for one in match.vetoes] == [("no_overseas_model", "写作助手：写报告")]


def test_every_step_is_on_record(session, founder, operator) -> None:
    row = credentials.claim(session, RADIOLOGY, actor=founder, now=NOW)
    credentials.verify(session, row.id, actor=operator, now=NOW)
    credentials.withdraw(session, row.id, actor=founder, now=NOW)
    assert [entry.action for entry in audit.history(session, "credential", row.id)] == [
        "credential:claim", "credential:verify", "credential:withdraw"]
