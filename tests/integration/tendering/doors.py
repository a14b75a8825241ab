"""Calling the doors of bidding as the people of the market."""
from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.models import User

SECRET_PLAN = "绝密的实施方案"
SECRET_PRICE = 12_345_600


def browser(app: Flask, user: User | None) -> FlaskClient:
    """A browser in which someone has signed in."""
    client = app.test_client()
    if user is not None:
        with client.session_transaction() as session:
            session["user"], session["epoch"] = user.id, user.session_epoch
    return client


def post(client: FlaskClient, path: str, data: dict[str, object] | None = None, **options) -> TestResponse:
    """Post a form with the token of a page that person can see."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    return client.post(path, data={"csrf_token": token[1], **(data or {})}, **options)


def call(app: Flask, name: str | None, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
    """Call the API with the key of a person of the market."""
    allowed = {"Authorization": f"Bearer key-{name}"} if name else {}
    return app.test_client().open(f"/api/v1/demands/{path}", method=method, json=body, headers=allowed | headers)


def form_of(client: FlaskClient, code: str) -> dict[str, str]:
    """The hidden fields of a fresh bid form, and a bid typed into it."""
    page = client.get(f"/demands/{code}/bid").text
    hidden = {name: re.search(rf'name="{name}" value="([0-9a-f]+)"', page)[1] for name in ("key", "nonce")}
    return hidden | {
        "price": "98,000", "plan": "先采样。\r\n再训练。", "milestones.0.title": "样本", "milestones.0.amount": "2.8万",
        "milestones.0.days": "20", "milestones.0.acceptance_criteria": "样本不少于 5000 张",
        "milestones.1.title": "上线", "milestones.1.amount": "70000", "milestones.1.days": "80",
        "milestones.1.acceptance_criteria": "检出率不低于 98%\r\n\r\n误报率不高于 2%",
        "disclosures.subcontract": "false", "disclosures.ai_generated": "false", "related": "false"}


def api_bid(**changes: object) -> dict[str, object]:
    return {"price_fen": 11_000_000, "plan": "方案", "milestones": [
        {"title": "全部", "amount_fen": 11_000_000, "days": 60, "acceptance_criteria": ["可用"]}],
        "disclosures": {"subcontract": False, "ai_generated": False}, "related": False} | changes


def tells(response: TestResponse) -> bool:
    """Whether an answer gives away anything the founder wrote."""
    text = response.text
    return SECRET_PLAN in text or "123,456" in text or "12345600" in text
