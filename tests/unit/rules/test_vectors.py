"""The sixteen worked cases, field by field, through the command that people use."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from marketplace.payments.cli import payment_term_cli
from marketplace.rules.assess import assess_case
from tests.unit.rules.obligations import TABLES

VECTORS = Path(__file__).parents[2] / "data" / "payment_term_vectors.json"
EDGES = VECTORS.with_name("payment_term_edges.json")
CASES = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
EDGE_CASES = json.loads(EDGES.read_text(encoding="utf-8"))["vectors"]


@pytest.fixture(scope="module")
def findings() -> dict[str, dict]:
    result = CliRunner().invoke(payment_term_cli, ["assess", str(VECTORS)])
    assert result.exit_code == 0, result.output
    return {found["id"]: found for found in map(json.loads, result.stdout.splitlines())}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['title']}")
def test_a_worked_case_is_reproduced(case: dict, findings: dict[str, dict]) -> None:
    found = findings[case["id"]]
    assert {name: found.get(name, "absent") for name in case["expected"]} == case["expected"]


@pytest.mark.parametrize("case", EDGE_CASES, ids=lambda case: f"{case['id']} {case['title']}")
def test_an_edge_worked_by_a_second_reading_of_the_law_agrees(case: dict) -> None:
    found = assess_case(case, TABLES)
    assert {name: found.get(name, "absent") for name in case["expected"]} == case["expected"]


def test_findings_come_one_line_each_in_the_order_of_the_cases(findings: dict[str, dict]) -> None:
    assert list(findings) == [case["id"] for case in CASES]
