"""Programs of the people of a small market: each calls /api/v1 with a key of its own."""
from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.db import app_engine, transaction
from marketplace.tendering import keys
from tests.integration.tendering import market

MONDAY = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)  # 09:00 in Beijing
DEMAND = {
    "title": "轴承外观缺陷检测", "scene": "轴承车间", "data_offered": "两周样本",
    "description": "用相机找出轴承表面的划伤和锈斑。", "budget_fen": 20_000_000,
    "duration_days": 90, "deliverables": ["检测模型"], "acceptance_criteria": ["检出率不低于 98%"],
    "start_basis": "acceptance", "term_days": 30, "acceptance_period_days": 15,
    "criteria": [{"name": "方案", "kind": "quality", "weight": 70}, {"name": "价格", "kind": "price", "weight": 30}]}


class Programs:
    """`call(who, method, path, json)` where who is buyer1, buyer2, founder1 … founder3, operator0 or ""."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.monkeypatch = app, monkeypatch
        self.at(MONDAY)
        with app.app_context(), transaction(app_engine()) as session:
            self.escrow = self._register(session)

    def _register(self, session: Session) -> str:
        operator = market.person(session, 0, "operator")
        escrow = keys.create_platform_keys(session, operator.organisation_id, market.OPERATOR_PASSPHRASE,
                                           now=MONDAY, cost=market.CHEAP)
        for number, payer in ((1, "large_enterprise"), (2, "sme")):
            buyer = market.person(session, number, "buyer", payer_type=payer)
            keys.create_opening_key(session, buyer.organisation_id, "buyer", market.BUYER_PASSPHRASE, actor=buyer,
                                    now=MONDAY, cost=market.CHEAP)
        for number in (1, 2, 3):
            market.founder(session, number)
        return escrow

    def at(self, moment: dt.datetime | str) -> None:
        """Set the server's clock; a day means noon in Beijing."""
        if isinstance(moment, str):
            moment = dt.datetime.combine(dt.date.fromisoformat(moment), dt.time(4), dt.UTC)
        self.monkeypatch.setattr(clock, "utc_now", lambda: moment)

    def call(self, who: str, method: str, path: str, json: Any = None, *, headers: dict[str, str] | None = None,
             **options: Any) -> TestResponse:
        """One request as a fresh program without cookies."""
        key = {"Authorization": f"Bearer key-{who}"} if who else {}
        return self.app.test_client().open(f"/api/v1{path}", method=method, json=json,
                                           headers=key | (headers or {}), **options)

    def done(self, who: str, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """A request that must succeed; returns its JSON."""
        answer = self.call(who, method, path, json, **options)
        assert answer.status_code in (200, 201), f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.get_json()


def bid(price_fen: int, nonce: str) -> dict[str, Any]:
    """A bid in two milestones that add up."""
    first = price_fen // 4
    return {"price_fen": price_fen, "plan": "先采样，再训练。", "nonce": nonce,
            "milestones": [
                {"title": "样本", "amount_fen": first, "days": 20, "acceptance_criteria": ["样本不少于 5000 张"]},
                {"title": "上线", "amount_fen": price_fen - first, "days": 60, "acceptance_criteria": ["检出率 98%"]}],
            "disclosures": {"subcontract": False, "ai_generated": False}, "related": False}
