"""Other people's things in the demo market, and strangers of every role who try to reach them."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts import operations as accounts
from marketplace.accounts.models import ApiKey, Role, User
from marketplace.bonds import operations as bonds
from marketplace.bonds.operations import Requirement
from marketplace.complaints.models import Complaint, Mediation, PaymentPlan, PublicListing, RetaliationLead
from marketplace.contracts.models import Contract
from marketplace.db import transaction
from marketplace.demand import operations as demands
from marketplace.demand.drafts import ProjectDraft
from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.founders.models import Credential, TimeAway
from marketplace.notices.models import Notice
from marketplace.objections.models import Objection
from marketplace.payments.models import Dispute, Obligation, Payment
from marketplace.receivables import operations as receivables
from marketplace.rules.bonds import BondKind
from marketplace.searches.models import SavedSearch
from marketplace.security import token_digest
from marketplace.seed.cast import DEMO_DOMAIN
from marketplace.tendering.models import Bid

DRAFT, SEALED, CLOSED, AWARDED = ("a draft", "a demand with sealed bids", "a demand whose bids wait for the opening",
                                  "an awarded demand")


@dataclass
class Scene:
    """`clients` and `keys` by role; `objects` by victim: what stands in the places of an address."""

    app: Flask
    people: dict[str, User] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)

    def client(self, role: str) -> FlaskClient:
        """A stranger's browser; their programs use the key `key-<role>`."""
        client = self.app.test_client()
        if role:
            with client.session_transaction() as cookies:
                cookies["user"], cookies["epoch"] = self.people[role].id, self.people[role].session_epoch
        return client


def scene_of(app: Flask) -> Scene:
    """The strangers have no part in any of the objects."""
    with app.app_context(), transaction() as session:
        scene = Scene(app)
        owed = session.scalars(select(Obligation).join(Dispute).order_by(Obligation.id)).first()
        contract = owed.contract
        scene.people = {Role.BUYER: _outsider(session, Role.BUYER, contract.buyer_id),
                        Role.FOUNDER: _newcomer(session), Role.OPERATOR: _operator(session)}
        for role, user in scene.people.items():
            session.add(ApiKey(user_id=user.id, label="attack", prefix="attack", digest=token_digest(f"key-{role}"),
                               created_at=clock.utc_now()))
        victim = session.scalars(select(User).filter_by(organisation_id=contract.buyer_id)).first()
        scene.objects = _objects(session, contract, owed, victim)
    return scene


def _outsider(session: Session, role: str, organisation_id: int) -> User:
    return next(user for user in session.scalars(select(User).order_by(User.id))
                if user.role == role and user.organisation_id != organisation_id)


def _newcomer(session: Session) -> User:
    return accounts.register(session, accounts.Registration(
        uscc="91110108551385082Q", organisation="陌生人", role=Role.FOUNDER, email=f"new{DEMO_DOMAIN}",
        display_name="陌生人", password_hash=None, size_class="micro"), now=clock.utc_now())


def _operator(session: Session) -> User:
    return next(user for user in session.scalars(select(User)) if user.role == Role.OPERATOR)


def _of_the_contract(session: Session, contract: Contract, owed: Obligation, victim: User) -> dict[str, Any]:
    """A bond its buyer asks for, and a confirmed receivable with a link for a lender."""
    now = clock.utc_now()
    founder = session.scalars(select(User).filter_by(organisation_id=contract.founder_id)).first()
    wanted = Requirement(BondKind.QUALITY, 1, clock.legal_day(now))
    bond = bonds.require(session, contract, wanted, actor=victim, now=now)
    receivable = receivables.request(session, owed, financier="", actor=founder, now=now)
    receivables.confirm(session, receivable, actor=victim, now=now)
    link, _ = receivables.make_link(session, receivable, label="银行", actor=founder, now=now)
    session.flush()
    remedies = {"plan_id": PaymentPlan, "listing_id": PublicListing, "complaint_id": Complaint,
                "mediation_id": Mediation, "lead_id": RetaliationLead,
                "objection_id": Objection, "credential_id": Credential, "away_id": TimeAway, "search_id": SavedSearch}
    return {name: session.scalars(select(model.id)).first() for name, model in remedies.items()} | {
        "bond_id": bond.id, "receivable_id": receivable.id, "link_id": link.id}


def _objects(session: Session, contract: Contract, owed: Obligation, victim: User) -> dict[str, dict[str, Any]]:
    now = clock.utc_now()
    draft = ProjectDraft(title="别人的项目", budget_fen=100, start_basis="delivery")
    project = demands.create_project(session, draft, actor=victim, now=now)
    key = accounts.issue_key(session, actor=victim, label="theirs", digest="0" * 64, prefix="theirs", now=now)
    awarded = contract.demand
    bid = session.scalars(select(Bid).filter_by(demand_id=awarded.id, founder_id=contract.founder_id)).first()
    payment = session.scalars(select(Payment).order_by(Payment.id)).first()
    notice = session.scalars(select(Notice).filter_by(organisation_id=victim.organisation_id)).first()
    same = _of_the_contract(session, contract, owed, victim) | {
        "number": contract.number, "position": 1, "obligation_id": owed.id, "dispute_id": owed.disputes[0].id,
        "payment_id": payment.id, "bid_id": bid.id, "project_id": project.id, "key_id": key.id,
        "notice_id": notice.id, "profile_id": founders.profile_of(session, contract.founder_id).id,
        "object_type": "demand", "object_id": str(awarded.id), "question": 1, "place": 1}
    draft = session.scalars(select(Demand).filter_by(status="planning")).first()
    sealed = session.scalars(select(Demand).join(Bid).where(
        Demand.status == "active", Demand.bid_deadline > now, Demand.opened_at.is_(None))).first()
    closed = session.scalars(select(Demand).join(Bid).where(
        Demand.status == "active", Demand.bid_deadline < now, Demand.opened_at.is_(None))).first()
    found = ((DRAFT, draft), (SEALED, sealed), (CLOSED, closed), (AWARDED, awarded))
    return {name: same | {"code": demand.code} for name, demand in found}
