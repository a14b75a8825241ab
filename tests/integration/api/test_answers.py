"""What a program is told when something is wrong: RFC 9457, every problem at once, in its language, before anything."""
from __future__ import annotations

import json
from pathlib import Path

from marketplace.errors import PROBLEM
from tests.integration.api.programs import DEMAND, Programs

VECTORS = Path(__file__).parents[2] / "data" / "payment_term_vectors.json"


def test_every_mistake_of_a_demand_is_named_at_once_in_the_readers_language(programs: Programs) -> None:
    wrong = DEMAND | {"title": "", "budget_fen": -5, "term_days": "soon"}
    said = {}
    for lang in ("zh-CN", "en"):
        answer = programs.call("buyer1", "POST", "/demands", wrong, headers={"Accept-Language": lang})
        assert (answer.status_code, answer.content_type) == (422, PROBLEM)
        problem = answer.json
        assert problem.keys() >= {"type", "title", "status", "detail", "code", "instance", "errors"}
        assert (problem["status"], problem["instance"]) == (422, "/api/v1/demands")
        assert problem["type"] == f"urn:jiebang:error:{problem['code']}"
        assert {one["field"] for one in problem["errors"]} == {"title", "budget_fen", "term_days"}
        said[lang] = [one["message"] for one in problem["errors"]]
    assert any("必填" in message for message in said["zh-CN"])
    assert all(message.isascii() for message in said["en"])


BROKEN = (b"\x00", b"{", b"\xff\xfe", b"", b"[" * 5000, b"1e999", b"null",
          b'{"budget_fen": Infinity, "day_rate_fen": NaN}',
          b'{"budget_fen": %s, "day_rate_fen": %s}' % (b"9" * 5000, b"9" * 5000))


def test_a_body_that_cannot_be_read_is_a_clear_refusal(programs: Programs) -> None:
    for body in BROKEN:
        for who, method, path in (("buyer1", "POST", "/demands"), ("founder1", "PUT", "/profile"),
                                  ("", "POST", "/payment-terms/assess")):
            answer = programs.call(who, method, path, data=body, content_type="application/json")
            readable = path == "/payment-terms/assess" and body.startswith(b'{"budget_fen": I')
            assert answer.status_code in ({200, 400, 422} if readable else {400, 422}), (path, body[:40], answer.text)
            assert answer.status_code == 200 or answer.content_type == PROBLEM


def test_who_may_call_is_asked_before_what_was_sent(programs: Programs) -> None:
    """A stranger's mistakes are not corrected, and not even a valid request tells more."""
    for body in (DEMAND, {"title": 7}, None):
        refused = programs.call("", "POST", "/demands", body)
        assert (refused.status_code, refused.json["code"]) == (401, "access.key_required")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        wrong_role = programs.call("founder1", "POST", "/demands", body)
        assert (wrong_role.status_code, wrong_role.json["code"]) == (403, "access.role")
    assert programs.call("", "GET", "/me", headers={"Authorization": "Bearer jb_made_up"}).status_code == 401
    assert programs.call("", "GET", "/me", headers={"Authorization": "Basic key-buyer1"}).status_code == 401


def test_a_session_cookie_opens_no_door_of_the_api(programs: Programs) -> None:
    """Otherwise a foreign page could act in the name of whoever visits it: the API asks for no CSRF token."""
    client = programs.app.test_client()
    with client.session_transaction() as cookies:
        cookies["user"], cookies["epoch"] = 1, 1
    assert client.get("/operator").status_code == 200
    assert client.get("/api/v1/me").status_code == 401


STRANGE = (
    ("GET", "/nothing", 404), ("DELETE", "/demands", 405), ("GET", "/projects/99999999999999999999999", 404),
    ("GET", "/obligations/99999999999999999999999", 404), ("GET", "/obligations/2147483647", 404),
    ("GET", "/demands?after=99999999999999999999999", 422), ("GET", "/demands?limit=0", 422),
    ("GET", "/demands?q=%00", 200), ("GET", "/demands/%00", 404), ("GET", "/contracts/%00", 404),
    ("GET", "/demands/%F0%9F%92%A9", 404), ("GET", "/projects/0", 404))


def test_strange_addresses_get_a_clear_answer(programs: Programs) -> None:
    for method, path, status in STRANGE:
        answer = programs.call("buyer1", method, path)
        assert answer.status_code == status, f"{method} {path}"
        if status >= 400:
            assert (answer.content_type, answer.json["status"]) == (PROBLEM, status)
        if status == 405:
            assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_a_body_over_the_limit_is_refused_before_it_is_read(programs: Programs) -> None:
    programs.app.config["MAX_CONTENT_LENGTH"] = 10_000
    for path in ("/demands", "/demands/import", "/payment-terms/assess"):
        answer = programs.call("buyer1", "POST", path, data=b'{"a": "' + b"x" * 20_000 + b'"}',
                               content_type="application/json")
        assert (answer.status_code, answer.content_type) == (413, PROBLEM), path


def test_an_idempotency_key_too_long_to_keep_is_refused_not_cut(programs: Programs) -> None:
    """Cut to the same beginning, two different keys would be one."""
    refused = programs.call("buyer1", "POST", "/demands", DEMAND, headers={"Idempotency-Key": "k" * 101})
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency.key_too_long")
    assert programs.done("buyer1", "GET", "/demands?mine=true")["items"] == []


def test_anyone_may_have_payment_terms_assessed_without_a_key(programs: Programs) -> None:
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    found = programs.done("", "POST", "/payment-terms/assess", vectors)
    for case, finding in zip(vectors["vectors"], found, strict=True):
        assert {name: finding.get(name) for name in case["expected"]} == case["expected"], case["id"]
    alone = programs.done("", "POST", "/payment-terms/assess", vectors["vectors"][0])
    assert alone == found[0]
