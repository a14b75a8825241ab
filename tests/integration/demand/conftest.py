"""Buyers of each kind, and a demand as one of them writes it."""
from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace import (
    clock,
    models,  # noqa: F401  every table must be known to the mappers
    security,
)
from marketplace.accounts import operations as accounts
from marketplace.accounts.models import User
from marketplace.accounts.queries import people_of_role
from marketplace.db import transaction
from marketplace.demand.drafts import DemandDraft
from marketplace.rules import uscc
from marketplace.tendering import keys
from marketplace.tendering.sealing import WrappingCost

NOW = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)
IN_TWO_WEEKS = NOW + dt.timedelta(days=14)
CHEAP = WrappingCost(passes=1, memory_kib=8)




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
        title="管网漏损定位", scene="老城区四百公里供水管网", data_offered="两年的分区流量与压力曲线",
        description="三个月内把漏损点缩小到五十米以内。", budget_fen=18_000_000, duration_days=90,
        external_ref="WX-2026-031", industry="水的生产和供应业", region="江苏省苏州市", required_skills=("声学检测",),
        deliverables=("漏点清单",), acceptance_criteria=("开挖十处，命中八处以上",), acceptance_period_days=15)
    return lambda **said: dataclasses.replace(lawful, **said)


# Through the doors ----------------------------------------------------------------------------------

PASSWORD = "correct horse"
BUYER_PASSPHRASE = "three red lanterns"


@dataclasses.dataclass
class Door:
    """A person's browser and the person's API key; forms are posted with the token of the page they stand on."""

    client: FlaskClient
    user: User
    key: str

    def post(self, path: str, values: dict | None = None, *, page: str | None = None, **options):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page or path).text)
        return self.client.post(path, data={"csrf_token": token[1] if token else "", **(values or {})}, **options)

    def api(self, method: str, path: str, **options):
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)


@pytest.fixture
def app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application on Monday, 2 March 2026, with the platform's keys in place."""
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)
    with app.app_context(), transaction() as session:
        operator = accounts.register(session, accounts.Registration(
            uscc=uscc.complete("12320500MA999999"), organisation="平台", role="operator", email="operator@example.org",
            display_name="运营", password_hash=security.hash_password(PASSWORD)), now=NOW)
        keys.create_platform_keys(session, operator.organisation_id, "nine stone bridges", now=NOW, cost=CHEAP)
    return app


@pytest.fixture
def visit(app: Flask, registered: Callable[..., User]) -> Callable[[str], Door]:
    """``visit("government")``: a new buyer of that payer type (or "founder", "operator"), signed in, with a key."""
    def arrive(kind: str) -> Door:
        with app.app_context(), transaction() as session:
            hashed = security.hash_password(PASSWORD)
            if kind == "operator":
                user = people_of_role(session, "operator")[0]
            elif kind == "founder":
                user = accounts.register(session, accounts.Registration(
                    uscc=uscc.complete("91320500MA888888"), organisation="林晓", role="founder",
                    email="founder@example.org", display_name="林晓", password_hash=hashed,
                    size_class="micro"), now=NOW)
            else:
                user = registered(session, kind, password_hash=hashed)
            key = accounts.new_token()
            accounts.issue_key(session, actor=user, label="test", digest=security.token_digest(key), prefix=key[:8],
                               now=NOW)
        door = Door(app.test_client(), user, key)
        answer = door.post("/signin", {"email": user.email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return door

    return arrive
