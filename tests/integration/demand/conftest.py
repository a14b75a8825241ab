"""Buyers of each kind, and a demand as one of them writes it."""
from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import models  # noqa: F401  every table must be known to the mappers
from marketplace.accounts import operations as accounts
from marketplace.accounts.models import User
from marketplace.db import make_engine
from marketplace.demand.drafts import DemandDraft
from marketplace.rules import uscc

NOW = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)
IN_TWO_WEEKS = NOW + dt.timedelta(days=14)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh, migrated database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One transaction; nothing is kept."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@pytest.fixture
def registered() -> Callable[..., User]:
    """``registered(session, "government")``: the first person of a new buyer of that payer type."""
    made: list[str] = []

    def register(session: Session, payer_type: str, *, password_hash: str | None = None) -> User:
        made.append(payer_type)
        prefix = {"government": "11", "public_institution": "12"}.get(payer_type, "91")
        return accounts.register(session, accounts.Registration(
            uscc=uscc.complete(f"{prefix}320500MA{len(made):06d}"), organisation=f"采购方{len(made)}", role="buyer",
            email=f"buyer{len(made)}@example.org", display_name="周敏", password_hash=password_hash,
            payer_type=payer_type, size_class="large" if payer_type == "large_enterprise" else None,
            region="江苏省苏州市"), now=NOW)

    return register


@pytest.fixture
def anchor(session: Session, registered: Callable[..., User]) -> User:
    """A person of a large enterprise."""
    return registered(session, "large_enterprise")


@pytest.fixture
def bureau(session: Session, registered: Callable[..., User]) -> User:
    """A person of a government body."""
    return registered(session, "government")


@pytest.fixture
def write() -> Callable[..., DemandDraft]:
    """``write(term_days=75)``: a complete demand with some things said differently."""
    lawful = DemandDraft(
        title="管网漏损定位", description="三个月内把漏损点缩小到五十米以内。", budget_fen=18_000_000, duration_days=90,
        external_ref="WX-2026-031", industry="水的生产和供应业", region="江苏省苏州市", required_skills=("声学检测",),
        deliverables=("漏点清单",), acceptance_criteria=("开挖十处，命中八处以上",), acceptance_period_days=15)
    return lambda **said: dataclasses.replace(lawful, **said)
