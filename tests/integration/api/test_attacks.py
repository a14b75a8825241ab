"""What an attacker with a plain HTTP client tries: forged forms, borrowed sessions, scripts in every text."""
from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, String, Text, select
from sqlalchemy.orm import Session

from marketplace import create_app, jobs
from marketplace.accounts.models import User
from marketplace.audit.models import AuditEntry, AuditHead
from marketplace.config import Settings
from marketplace.db import Base, transaction
from marketplace.seed.cast import DEMO_DOMAIN, PASSWORD

PEOPLE = ("anchor", "government", "founder1", "founder2", "operator")
SCRIPT = "'\"><script>alert(1)</script>{{7*7}}"
# Columns whose words are the program's own, not a person's.
OURS = re.compile(r"code|status|kind|role|hash|digest|key|number|type|class|holder|basis|unit|value|allocation"
                  r"|instrument|email|prefix|uscc|link|version|decision$|by$|job|outcome|wrapping|ranking|facts|explanation"
                  r"|depends_on|disclosures|commitment|lpr_at|opening_problem|size|related_usccs|text$|body|language|^notes$")
CODED = {"code", "residency", "field", "kind"}  # inside what is kept as JSON
# Mail programs post there (RFC 8058); the token in the address is the secret.
ONE_CLICK = {"/editions/mail/<string:token>/leave"}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def market(market_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The demo market, its people signing in with their passwords."""
    home = Path(shutil.copytree(market_template, tmp_path / "market"))
    app = create_app(Settings(f"sqlite:///{home / 'jiebang.db'}", "only-for-tests", home, testing=True))
    yield app
    jobs.drain(app)
    app.extensions["engine"].dispose()


def browser(app: Flask, name: str) -> FlaskClient:
    """The browser of one of the demo's people, signed in."""
    client = app.test_client()
    with app.app_context(), transaction() as session:
        user = session.scalars(select(User).filter_by(email=f"{name}{DEMO_DOMAIN}")).one()
    with client.session_transaction() as cookies:
        cookies["user"], cookies["epoch"] = user.id, user.session_epoch
    return client


def head(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return session.scalars(select(AuditHead)).one().seq


def token(client: FlaskClient, path: str = "/signin") -> str:
    return TOKEN.search(client.get(path).text)[1]


# Forged forms -------------------------------------------------------------------------------------


def test_no_form_is_accepted_without_the_token_of_its_session(market: Flask) -> None:
    clients = {name: browser(market, name) for name in ("anchor", "founder1", "operator")}
    before, accepted, foreign = head(market), [], token(market.test_client())
    for rule in market.url_map.iter_rules():
        if "POST" not in rule.methods or rule.rule.startswith("/api/") or rule.rule in ONE_CLICK:
            continue
        url = re.sub(r"<int[^>]*year>", "2026", rule.rule)
        url = re.sub(r"<int[^>]*>", "1", url).replace("<code>", "JB-2026-000001").replace("<number>", "HT-1")
        for name, client in clients.items():
            for data in ({}, {"csrf_token": "x"}, {"csrf_token": foreign}):
                status = client.post(url, data=data).status_code
                accepted += [] if status == 400 else [f"{name} {url} {list(data)}: {status}"]
    assert accepted == []
    assert head(market) == before


# Sessions and redirects ---------------------------------------------------------------------------


def signed_in(app: Flask, client: FlaskClient, next_page: str = "") -> str:
    """Where a sign-in through the form leads."""
    answer = client.post("/signin", data={"csrf_token": token(client), "email": f"anchor{DEMO_DOMAIN}",
                                          "password": PASSWORD, "next": next_page})
    assert answer.status_code == 303, answer.text
    return answer.location


@pytest.mark.parametrize("target", [
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
    "javascript:alert(1)", "/%0d%0aSet-Cookie:x=1", "http:///evil.example", "/\t/evil.example", "//evil.example/buyer",
])
def test_after_signing_in_nobody_is_sent_to_another_site(market: Flask, target: str) -> None:
    where = signed_in(market, market.test_client(), target)
    assert urlsplit(where).netloc == ""
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))
    language = market.test_client()
    answer = language.post("/language", data={"csrf_token": token(language), "lang": "en", "next": target})
    assert urlsplit(answer.location).netloc == ""
    assert "\r" not in answer.location


def test_a_session_planted_before_signing_in_holds_nothing_afterwards(market: Flask) -> None:
    """Session fixation: what an attacker put into the victim's browser is gone, and the form token is new."""
    client = market.test_client()
    planted = token(client)
    with client.session_transaction() as cookies:
        cookies["planted"] = "by the attacker"
    signed_in(market, client)
    with client.session_transaction() as cookies:
        assert "planted" not in cookies
    assert client.post("/signout", data={"csrf_token": planted}).status_code == 400
    assert client.get("/buyer").status_code == 200


def test_a_copied_session_ends_when_the_password_is_changed(market: Flask) -> None:
    client, thief = market.test_client(), market.test_client()
    signed_in(market, client)
    thief.set_cookie("jiebang", client.get_cookie("jiebang").value)
    assert thief.get("/buyer").status_code == 200
    changed = client.post("/account/password", data={
        "csrf_token": token(client, "/account"), "current": PASSWORD, "password": "another long one"})
    assert changed.status_code == 303, changed.text
    assert thief.get("/buyer").status_code == 302
    assert client.get("/buyer").status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(market: Flask) -> None:
    client = market.test_client()
    said = client.get("/signin").headers["Set-Cookie"]
    assert "HttpOnly" in said
    assert "SameSite=Lax" in said
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("role", ["buyer", "founder"])
def test_nobody_chooses_the_operators_role(market: Flask, role: str) -> None:
    client, page = market.test_client(), f"/register/{role}"
    answer = client.post(page, data={
        "csrf_token": token(client, page), "role": "operator", "uscc": "91110108551385082Q", "region": "北京",
        "organisation": "攻击者", "display_name": "攻击者", "email": "me@evil.example", "password": "a long password",
        "payer_type": "large_enterprise", "size_class": "micro", "sme_declared": "on"})
    assert answer.status_code == 303, answer.text
    with market.app_context(), transaction() as session:
        assert session.scalars(select(User).filter_by(email="me@evil.example")).one().role == role
    assert client.get("/operator").status_code == 403


# Scripts in every text ----------------------------------------------------------------------------


def poisoned(session: Session) -> int:
    """Put a script behind every text that people write, wherever it is stored; returns how many there were."""
    count = 0
    for mapper in Base.registry.mappers:
        if mapper.class_ in (AuditEntry, AuditHead):
            continue
        columns = [c.key for c in mapper.columns if isinstance(c.type, String | Text | JSON) and not OURS.search(c.key)
                   and (getattr(c.type, "length", None) or 200) > 40]  # shorter ones hold codes
        for row in session.scalars(select(mapper.class_)) if columns else ():
            for name in columns:
                value = getattr(row, name)
                if isinstance(value, str):
                    setattr(row, name, value[:150] + SCRIPT)
                elif isinstance(value, list):
                    setattr(row, name, [_poison(item) for item in value])
                count += bool(value)
    return count


def _poison(item: object) -> object:
    if isinstance(item, str):
        return item + SCRIPT
    if isinstance(item, dict):
        return {name: _poison(value) if isinstance(value, str | list) and name not in CODED else value
                for name, value in item.items()}
    return [_poison(one) for one in item] if isinstance(item, list) else item


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whatever_people_write_is_shown_as_text(market: Flask, lang: str) -> None:
    with market.app_context(), transaction() as session:
        assert poisoned(session) > 1000
    shown, seen, broken = 0, set(), []
    for name in ("", *PEOPLE):
        client = browser(market, name) if name else market.test_client()
        waiting = ["/", "/demands", "/buyer", "/founder", "/operator", "/contracts", "/notices", "/account"]
        kinds: dict[str, int] = {}
        while waiting:
            path = waiting.pop(0)
            kind = re.sub(r"[\w-]*\d[\w-]*", "x", urlsplit(path).path)
            if (name, path) in seen or kinds.get(kind, 0) >= 3:
                continue
            seen.add((name, path))
            answer = client.get(path, headers={"Accept-Language": lang})
            if answer.status_code != 200 or not answer.mimetype.startswith("text/html"):
                broken += [f"{name} {path}: {answer.status_code}"] if answer.status_code >= 500 else []
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            page = answer.text
            shown += page.count("&lt;script&gt;alert(1)")
            broken += [f"{name} {path}"] if "<script>alert(1)" in page or "49&lt;" in page else []
            waiting += [link for link in re.findall(r'href="(/[^"#]*)"', page.replace("&amp;", "&"))
                        if not link.startswith(("/static", "/api"))]
    assert broken == []
    assert shown > 200
    assert len(seen) > 60


# Downloads ----------------------------------------------------------------------------------------


def test_downloads_give_what_they_name_and_nothing_beside_it(market: Flask) -> None:
    client = browser(market, "anchor")
    for ext in ("py", "../config.py", "..%2f..%2fconfig.py", "csv%0d%0aX-Evil:1", "%2e%2e/x"):
        assert client.get(f"/demands/template.{ext}").status_code == 404, ext
    for path in ("../config.py", "..%2f..%2fconfig.py", "%2e%2e/%2e%2e/wsgi.py", "vendor/../../db.py"):
        assert client.get(f"/static/{path}").status_code == 404, path
    given = client.get("/demands/template.csv")
    assert given.status_code == 200
    assert re.fullmatch(r"attachment; filename=[\w.-]+", given.headers["Content-Disposition"])


def test_a_form_over_the_limit_is_refused(market: Flask) -> None:
    market.config["MAX_CONTENT_LENGTH"] = 10_000
    client = browser(market, "anchor")
    answer = client.post("/demands/import", data={"csrf_token": token(client, "/demands/import"), "x": "y" * 20_000})
    assert answer.status_code == 413
