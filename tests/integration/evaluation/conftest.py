"""Three opened bids, a panel of the buyer's person and two experts from outside."""
from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.evaluation import operations, queries
from marketplace.tendering import operations as tendering
from tests.integration.tendering import market as m

NAMED_PLAN = "founder1 公司承诺：founder1@example.com 随时答复，FOUNDER1 到现场。"


@dataclasses.dataclass
class Panel:
    """The market, and its two outside experts."""

    market: m.Market
    experts: list[User]

    @property
    def people(self) -> list[User]:
        return [self.market.buyer, *self.experts]


def opened(session: Session) -> Panel:
    """Bids of 100,000, 80,000 and 120,000 yuan, opened; nobody named yet."""
    market = m.open_market(session)
    for number, price in enumerate((10_000_000, 8_000_000, 12_000_000)):
        form = m.bid(price, plan=NAMED_PLAN) if number == 0 else m.bid(price)
        tendering.submit_bid(session, market.demand, form, actor=market.founders[number], now=m.NOW)
    m.open_bids(session, market)
    return Panel(market, [m.person(session, 7, "buyer", payer_type="sme"), m.founder(session, 8)])


@pytest.fixture
def panel(session: Session) -> Panel:
    """The same, in the session of a test that is rolled back."""
    return opened(session)


def name(session: Session, panel: Panel, people: list[User] | None = None) -> None:
    emails = [one.email for one in (panel.people if people is None else people)]
    operations.name(session, panel.market.demand, emails, actor=panel.market.buyer, now=m.AFTER)


def declare(session: Session, panel: Panel, person: User, *, conflict: bool = False, text: str = "") -> None:
    operations.declare(session, panel.market.demand, conflict=conflict, text=text, actor=person, now=m.AFTER)


def score(session: Session, panel: Panel, person: User, points: tuple[tuple[int, int], ...]) -> None:
    """`points`: by founder, (方案, 案例)."""
    quality = [one.id for one in queries.quality(panel.market.demand)]
    for bid_id, given in zip(panel.market.bid_ids(session)[1:], points, strict=False):
        operations.save(session, panel.market.demand, bid_id, points=dict(zip(quality, given, strict=True)),
                        actor=person, now=m.AFTER)


def submit(session: Session, panel: Panel, person: User, points: tuple[tuple[int, int], ...]) -> None:
    declare(session, panel, person)
    score(session, panel, person, points)
    operations.submit(session, panel.market.demand, actor=person, now=m.AFTER)
