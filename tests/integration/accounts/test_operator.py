"""A house without the demo gets its operator from the shell, never from the pages."""
from __future__ import annotations

import pytest
from flask import Flask

from marketplace.rules import uscc
from tests.integration.founders.browsing import sign_in

PASSWORD = "a-long-enough-secret"


@pytest.fixture
def typed() -> dict[str, str]:
    return {"uscc": uscc.complete("91110105MA0JB001"), "organisation": "揭榜平台运营中心", "region": "北京市",
            "email": "operator@example.org", "display-name": "值班员"}


def create(app: Flask, typed: dict[str, str], password: str = PASSWORD):
    words = [word for name, value in typed.items() for word in (f"--{name}", value)]
    return app.test_cli_runner().invoke(args=["operator", "create", *words], input=f"{password}\n")


def test_the_operator_made_in_the_shell_signs_in_to_the_desk(app: Flask, typed) -> None:
    assert create(app, typed).exit_code == 0
    client = sign_in(app, typed["email"], PASSWORD)
    assert client.get("/operator").status_code == 200


def test_everything_wrong_is_told_at_once_and_nobody_is_registered(app: Flask, typed) -> None:
    answer = create(app, typed | {"uscc": typed["uscc"][:-1] + "0", "email": "nobody"}, "short")
    assert answer.exit_code == 2
    assert len(answer.stderr.splitlines()) == 3
    assert create(app, typed).exit_code == 0


def test_a_second_operator_with_the_same_code_is_refused(app: Flask, typed) -> None:
    create(app, typed)
    answer = create(app, typed | {"email": "other@example.org"})
    assert answer.exit_code == 2
    assert typed["uscc"] in answer.stderr


def test_the_pages_offer_no_way_to_become_operator(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/register/operator").status_code == 404
