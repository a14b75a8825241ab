"""Who lives in the simulated market: one operator, buyers of every kind and habit, founders, partners for mediation."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import operations as accounts
from marketplace.accounts.models import User
from marketplace.complaints import partners
from marketplace.complaints.partners import PartnerForm
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement.operations import ContactNote
from marketplace.founders import operations as founders
from marketplace.founders.operations import CaseDraft, ProfileDraft
from marketplace.rules import uscc
from marketplace.tendering import keys
from marketplace.tendering.sealing import WrappingCost

BUYER_PASSPHRASE, OPERATOR_PASSPHRASE = "fifteen paper lanterns", "forty stone bridges"
CHEAP = WrappingCost(passes=1, memory_kib=8)


@dataclass(frozen=True)
class Habit:
    """What a buyer does on a day, as probabilities: answers a delivery, pays before the due date, pays after it;
    `part` and `bill` are the shares of its payments that are a part only, and a bill or e-voucher."""

    answers: float
    early: float
    late: float
    part: float
    bill: float


HABITS = {"prompt": Habit(0.30, 0.06, 0.40, 0.10, 0.02), "slow": Habit(0.15, 0.003, 0.06, 0.30, 0.10),
          "silent": Habit(0.01, 0.005, 0.08, 0.20, 0.15), "hard": Habit(0.08, 0.0, 0.02, 0.35, 0.30)}
# (first two characters of the credit code, kind of payer, payment terms)
KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("11", "government", {"start_basis": "acceptance", "term_days": 30, "acceptance_period_days": 10}),
    ("91", "large_enterprise", {"start_basis": "acceptance", "term_days": 60, "acceptance_period_days": 15}),
    ("12", "public_institution", {"start_basis": "delivery", "term_days": None}),
    ("91", "large_enterprise", {"start_basis": "settlement", "term_days": 45, "acceptance_period_days": 10,
                                "settlement_period_days": 10, "allocation": "interest_first"}),
    ("91", "large_enterprise", {"start_basis": "delivery", "term_days": 20, "late_rate_value": "12",
                                "late_rate_unit": "percent_per_year"}),
    ("91", "sme", {"start_basis": "acceptance", "term_days": 30, "acceptance_period_days": 10}),
)
SIZES = ("micro", "micro", "small", "medium")
PARTNERS = (PartnerForm("岳麓会计师事务所", "accountant", "湖南省长沙市", "周会计师", phone="0731-8000-0001"),
            PartnerForm("明理律师事务所", "lawyer", "陕西省西安市", "冯律师", "mediation@mingli.example"))


@dataclass(frozen=True)
class Buyer:
    """A buyer's person with its kind and habit."""

    user_id: int
    organisation_id: int
    habit: Habit
    terms: dict[str, Any]


@dataclass(frozen=True)
class Cast:
    """People by their organisation: {organisation id: user id} for founders, buyers with their habits."""

    operator: int
    buyers: dict[int, Buyer]
    founders: dict[int, int]

    def person(self, organisation_id: int) -> int:
        """The user who acts for an organisation."""
        return self.founders.get(organisation_id) or self.buyers[organisation_id].user_id


def settle(session: Session, *, buyers: int, founders: int, now: dt.datetime) -> Cast:
    """Everybody registered, with keys, profiles and contacts."""
    operator = _person(session, "12", "P", 0, "operator", now=now)
    keys.create_platform_keys(session, operator.organisation_id, OPERATOR_PASSPHRASE, now=now, cost=CHEAP)
    for form in PARTNERS:
        partners.add(session, form, actor=operator, now=now)
    made = [_buyer(session, number, now=now) for number in range(buyers)]
    people = [_founder(session, number, now=now) for number in range(founders)]
    return Cast(operator.id, {one.organisation_id: one for one in made},
                {one.organisation_id: one.id for one in people})


def _buyer(session: Session, number: int, *, now: dt.datetime) -> Buyer:
    prefix, kind, terms = KINDS[number % len(KINDS)]
    user = _person(session, prefix, "B", number, "buyer", now=now, payer_type=kind)
    keys.create_opening_key(session, user.organisation_id, "buyer", BUYER_PASSPHRASE, actor=user, now=now, cost=CHEAP)
    if number % 2:
        enforcement.save_contacts(session, [
            ContactNote("finance", "应付账款组", f"finance{number}@example.com"),
            ContactNote("head", "分管副总", f"head{number}@example.com")], actor=user, now=now)
    habits = list(HABITS.values())
    return Buyer(user.id, user.organisation_id, habits[(number * 3 + number // 4) % len(habits)], terms)


def _founder(session: Session, number: int, *, now: dt.datetime) -> User:
    user = _person(session, "91", "F", number, "founder", now=now, size_class=SIZES[number % len(SIZES)],
                   sme_declared=True)
    founders.save_profile(session, ProfileDraft(
        headline="工业视觉检测", bio="一个人的公司。", region="浙江", day_rate_fen=150_000, remote_ok=True,
        capacity_days_per_month=20, skills=("视觉检测",), past_cases=(CaseDraft("轴承检测", "划伤检出率 98%。"),)),
        actor=user, now=now)
    return user


def _person(session: Session, prefix: str, letter: str, number: int, role: str, *, now: dt.datetime,
            **more: Any) -> User:
    return accounts.register(session, accounts.Registration(
        uscc=uscc.complete(f"{prefix}330100M{letter}{number:06d}"), organisation=f"{role}{number} 公司", role=role,
        email=f"{role}{number}@example.com", display_name=f"{role}{number}", password_hash=None, region="浙江",
        **more), now=now)
