"""The OpenAPI document tells a stranger's program everything: who may call, what to send, what may come back."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from marketplace import create_app
from marketplace.accounts.models import Role
from marketplace.config import Settings
from marketplace.errors import PROBLEM

PREFIX = "/api/v1"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("document")
    return create_app(Settings(f"sqlite:///{folder}/x.db", "secret", folder, testing=True))


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get(f"{PREFIX}/openapi.json")
    assert answer.status_code == 200
    return answer.get_json()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield path, method, item[method]


def test_every_shape_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    """apispec numbers the second of two shapes of one name: "DemandPatch1" tells a reader nothing."""
    numbered = [name for name in document["components"]["schemas"] if name[-1].isdigit()]
    assert numbered == []


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"]

    def resolve(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                target: Any = document
                for name in part["$ref"].removeprefix("#/").split("/"):
                    target = target[name]
            for inner in part.values():
                resolve(inner)
        elif isinstance(part, list):
            for inner in part:
                resolve(inner)

    resolve(document)


def test_every_route_of_the_api_is_in_it(app: Flask, document: dict[str, Any]) -> None:

    served = {(re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
              for rule in app.url_map.iter_rules() if rule.rule.startswith(f"{PREFIX}/")
              for method in rule.methods - {"HEAD", "OPTIONS"}}
    about_itself = {(f"{PREFIX}/openapi.json", "get"), (f"{PREFIX}/docs", "get")}
    assert served - about_itself == {(path, method) for path, method, _ in operations(document)}


def test_every_operation_says_what_it_does_who_may_call_it_and_what_may_come_back(document: dict[str, Any]) -> None:
    silent = []
    for path, method, operation in operations(document):
        answers = operation["responses"]
        needed = {"default"} | ({"401", "403"} if operation["security"] else set())
        needed |= {"404"} if "{" in path else set()
        needed |= {"400", "422"} if "application/json" in operation.get("requestBody", {}).get("content", {}) else set()
        needed -= {"422"} if not operation["security"] else set()  # the assessment answers case by case
        if not operation.get("summary") or needed - answers.keys() or not any(code[0] == "2" for code in answers):
            silent.append((path, method, needed - answers.keys()))
        if operation["security"] and "For" not in operation["description"]:
            silent.append((path, method, "roles"))
    assert silent == []


def test_the_roles_it_names_are_the_roles_that_pass(app: Flask, document: dict[str, Any]) -> None:
    award = document["paths"][f"{PREFIX}/demands/{{code}}/award"]["post"]
    assert award["description"].endswith("For: buyer.")
    assert app.view_functions["api-tendering.post_award"].access == (Role.BUYER,)
    assess = document["paths"][f"{PREFIX}/payment-terms/assess"]["post"]
    assert assess["security"] == []


def test_refusals_are_documented_as_problem_json(document: dict[str, Any]) -> None:
    for name, answer in document["components"]["responses"].items():
        assert list(answer["content"]) == [PROBLEM], name


def test_edits_document_if_match_and_creations_their_idempotency_key(document: dict[str, Any]) -> None:
    def headers(path: str, method: str) -> dict[str, bool]:
        listed = document["paths"][f"{PREFIX}{path}"][method].get("parameters", [])
        return {one["name"]: one["required"] for one in listed if one["in"] == "header"}

    assert headers("/demands/{code}", "patch") == {"If-Match": True}
    assert headers("/profile", "put") == {"If-Match": False}  # the first one creates it
    assert headers("/demands", "post") == {"Idempotency-Key": False}
    assert headers("/obligations/{obligation_id}/payments", "post") == {"Idempotency-Key": False}
    assert headers("/demands/{code}/openings", "post") == {}
    read = document["paths"][f"{PREFIX}/demands/{{code}}"]["get"]["responses"]["200"]
    assert "ETag" in read["headers"]


def test_every_number_a_caller_may_name_has_bounds(document: dict[str, Any]) -> None:
    unbounded = [(path, method, one["name"]) for path, method, operation in operations(document)
                 for one in operation.get("parameters", [])
                 if "integer" in str(one["schema"].get("type")) and "maximum" not in one["schema"]]
    assert unbounded == []


