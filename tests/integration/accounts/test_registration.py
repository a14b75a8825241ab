"""Who may register as what: the credit code's two check digits, and what its first characters say."""
from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts import operations, queries
from marketplace.accounts.models import PayerType
from marketplace.accounts.operations import Registration
from marketplace.audit import operations as audit
from marketplace.db import make_engine, transaction
from marketplace.rules import uscc
from marketplace.rules.errors import RuleViolation
from tests.integration.founders.people import NOW, founder

COMPANY = Registration(uscc=uscc.complete("91320500MA1ABCDE"), organisation="苏州测漏科技有限公司", role="founder",
                       email="li@example.com", display_name="李工", password_hash=None, size_class="micro",
                       sme_declared=True)
BUREAU = dataclasses.replace(COMPANY, uscc=uscc.complete("11320500MB000001"), role="buyer", size_class=None,
                             sme_declared=False, payer_type="government")


def refusals(session: Session, form: Registration) -> list[str]:
    with pytest.raises(RuleViolation) as caught:
        operations.register(session, form, now=NOW)
    return [problem.code for problem in getattr(caught.value, "problems", ())] or [caught.value.code]


def test_a_one_person_company_registers_with_its_size_declared_and_on_record(session: Session) -> None:
    user = operations.register(session, COMPANY, now=NOW)
    assert (user.role, user.organisation.size_class, user.organisation.sme_declared_at) == ("founder", "micro", NOW)
    assert audit.history(session, "organisation", user.organisation_id)[0].action == "organisation:register"


@pytest.mark.parametrize(("prefix", "kind"), [
    ("11320500MB000001", PayerType.GOVERNMENT), ("12320500MB000001", PayerType.PUBLIC_INSTITUTION),
    ("91320500MB000001", None), ("52320500MB000001", None)])
def test_a_code_says_whether_its_holder_is_a_public_body_and_never_how_large_a_company_is(prefix, kind) -> None:
    assert operations.guessed_payer_type(uscc.complete(prefix)) == kind


@pytest.mark.parametrize("chosen", ["sme", "large_enterprise", "public_institution"])
def test_a_government_body_cannot_choose_a_kind_with_a_longer_payment_term(session: Session, chosen: str) -> None:
    form = dataclasses.replace(BUREAU, payer_type=chosen)
    assert refusals(session, form) == ["account.code_says_public_body"]


def test_a_company_is_no_public_body(session: Session) -> None:
    form = dataclasses.replace(BUREAU, uscc=COMPANY.uscc)
    assert refusals(session, form) == ["account.code_says_enterprise"]


def test_a_social_organisation_may_be_a_public_payer(session: Session) -> None:
    """Decree 802 Art. 36: group organisations on public money follow the rules for public bodies."""
    code = uscc.complete("51320500MB000001")
    assert operations.register(session, dataclasses.replace(BUREAU, uscc=code), now=NOW).organisation.is_public_body


def test_a_public_body_is_no_one_person_company(session: Session) -> None:
    assert refusals(session, dataclasses.replace(COMPANY, uscc=BUREAU.uscc)) == ["account.founder_is_public_body"]


def test_a_taken_code_and_a_taken_address_are_told_together_whatever_the_capitals(session: Session) -> None:
    operations.register(session, COMPANY, now=NOW)
    again = dataclasses.replace(COMPANY, email="LI@Example.com")
    assert refusals(session, again) == ["account.uscc_taken", "account.email_taken"]


def test_one_may_revoke_only_ones_own_keys(session: Session) -> None:
    first, second = founder(session, 1), founder(session, 2)
    key = operations.issue_key(session, actor=first, label="ERP", digest="d" * 64, prefix="jb_12345", now=NOW)
    with pytest.raises(RuleViolation) as caught:
        operations.revoke_key(session, key.id, actor=second, now=NOW)
    assert caught.value.status == 404
    assert queries.user_of_key(session, "d" * 64, now=NOW) == first
    operations.revoke_key(session, key.id, actor=first, now=NOW)
    assert queries.user_of_key(session, "d" * 64, now=NOW) is None


def register_in_process(database_url: str, email: str) -> int:
    engine = make_engine(database_url)
    try:
        with transaction(engine) as session:
            return operations.register(session, dataclasses.replace(COMPANY, email=email), now=NOW).id
    finally:
        engine.dispose()


def test_of_two_people_registering_the_same_code_at_once_one_is_refused(engine, run_in_processes) -> None:
    outcomes = run_in_processes(register_in_process, [("a@example.com",), ("b@example.com",)])
    refused = [outcome.refused for outcome in outcomes if outcome.refused]
    assert refused in (["account.taken_just_now"], ["account.uscc_taken"])
