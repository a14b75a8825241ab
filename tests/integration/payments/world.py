"""A buyer, a founder, an operator, and contracts between them on the days a test names."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import operations as accounts
from marketplace.accounts.models import ApiKey, User
from marketplace.contracts import operations as contracts
from marketplace.contracts.models import Contract
from marketplace.demand.models import Demand
from marketplace.payments import operations as payments
from marketplace.payments import queries
from marketplace.payments.models import Obligation, Payment
from marketplace.payments.operations import PaymentNote
from marketplace.payments.statements import statement_of
from marketplace.rules import uscc
from marketplace.rules.statement import Statement
from marketplace.security import token_digest
from marketplace.tendering.models import Award, Bid


def noon(day: str | dt.date) -> dt.datetime:
    """Noon in Beijing."""
    return dt.datetime.combine(on(day), dt.time(4), dt.UTC)


def on(day: str | dt.date) -> dt.date:
    return dt.date.fromisoformat(day) if isinstance(day, str) else day


class World:
    """`key-buyer`, `key-founder`, `key-operator` and `key-stranger` are their API keys."""

    def __init__(self, session: Session, *, payer_type: str = "large_enterprise", size: str = "micro",
                 password_hash: str | None = None) -> None:
        self.session, self.made, self.password_hash = session, 0, password_hash
        self.buyer = self._person("buyer", "MA1BBBBB1", payer_type=payer_type)
        self.founder = self._person("founder", "MA1FFFFF1", size_class=size)
        self.stranger = self._person("founder", "MA1GGGGG1", name="stranger", size_class="micro")
        self.operator = self._person("operator", "MA1PPPPP1")

    def _person(self, role: str, body: str, *, name: str = "", **more: str) -> User:
        name = name or role
        user = accounts.register(self.session, accounts.Registration(
            uscc=uscc.complete(f"91330100{body[:8]}"), organisation=f"{name} 公司", role=role,
            email=f"{name}@example.com", display_name=name, password_hash=self.password_hash, **more),
            now=noon("2025-01-02"))
        self.session.add(ApiKey(user_id=user.id, label="test", prefix=name, digest=token_digest(f"key-{name}"),
                                created_at=noon("2025-01-02")))
        self.session.flush()
        return user

    def drafted(self, *, at: str = "2025-06-15", amounts: tuple[int, ...] = (10_000_000,),
                **terms: Any) -> Contract:
        """An awarded demand with its contract, waiting for both sides. `terms`: payment terms of the demand."""
        self.made += 1
        moment, buyer = noon(at), self.buyer
        demand = Demand(
            code=f"JB-2025-{self.made:06d}", buyer=buyer.organisation, title=f"水表识别 {self.made}",
            description="识别水表照片上的读数。", budget_fen=sum(amounts), duration_days=30, status="complete",
            acceptance_criteria=["准确率不低于 99%"], deliverables=["模型与接口"], created_at=moment, updated_at=moment,
            published_at=moment, bid_deadline=moment, opened_at=moment,
            **({"start_basis": "delivery", "acceptance_period_days": None} | terms))
        bid = Bid(demand=demand, founder=self.founder.organisation, version=1, status="awarded", ciphertext=b"",
                  commitment="0" * 64, received_at=moment, opened_at=moment, price_fen=sum(amounts), plan="两周一版。",
                  milestones=[{"title": f"第{place}期", "amount_fen": amount, "days": 30 * place,
                               "acceptance_criteria": []} for place, amount in enumerate(amounts, 1)])
        self.session.add_all([demand, bid])
        self.session.flush()
        award = Award(demand=demand, bid_id=bid.id, reason="总分最高", ranking=[], awarded_by_id=buyer.id,
                      awarded_at=moment)
        self.session.add(award)
        self.session.flush()
        return contracts.draft(self.session, award, actor=buyer, now=moment)

    def signed(self, *, at: str, amounts: tuple[int, ...] = (10_000_000,), **terms: Any) -> Contract:
        """A contract both sides confirmed on a day."""
        contract = self.drafted(at=at, amounts=amounts, **terms)
        for side in (self.buyer, self.founder):
            contracts.confirm(self.session, contract, seen_hash=contract.text_hash, actor=side, now=noon(at))
        return contract

    def delivered(self, contract: Contract, day: str, *, position: int = 1) -> Obligation:
        """A delivery on a day, recorded on that day."""
        return payments.record_delivery(self.session, contract.milestones[position - 1].id, on=on(day), note="已交付",
                                        actor=self.founder, now=noon(day))

    def accepted(self, contract: Contract, day: str, *, position: int = 1) -> Obligation:
        """An acceptance on a day, recorded on that day."""
        return payments.record_acceptance(self.session, contract.milestones[position - 1].id, on=on(day),
                                          actor=self.buyer, now=noon(day))

    def rejected(self, contract: Contract, day: str, *, position: int = 1) -> Obligation:
        """A rejection on a day."""
        return payments.record_rejection(self.session, contract.milestones[position - 1].id, reason="缺接口文档",
                                         actor=self.buyer, now=noon(day))

    def notified(self, owed: Obligation, day: str, amount_fen: int, *, reference: str = "", at: str = "",
                 **more: Any) -> Payment:
        """A payment the buyer notifies, on the day it was made unless `at` says another."""
        note = PaymentNote(amount_fen, on(day), reference or f"ICBC-{day}-{amount_fen}", **more)
        return payments.notify_payment(self.session, owed, note, actor=self.buyer, now=noon(at or day))

    def paid(self, owed: Obligation, day: str, amount_fen: int, *, confirmed: str = "", **more: Any) -> Payment:
        """A payment notified on its day and confirmed that day or on `confirmed`."""
        payment = self.notified(owed, day, amount_fen, **more)
        return payments.confirm_payment(self.session, payment.id, actor=self.founder, now=noon(confirmed or day))

    def owed(self, contract: Contract, *, position: int = 1) -> Obligation:
        """The obligation of a milestone, read afresh."""
        self.session.flush()
        found = queries.of_milestone(self.session, contract.milestones[position - 1].id)
        assert found is not None
        self.session.refresh(found)
        return found

    def statement(self, owed: Obligation, day: str) -> Statement:
        self.session.flush()
        self.session.expire(owed)
        return statement_of(owed, as_of=on(day))
