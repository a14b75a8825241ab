"""The assess format at its edges: what cannot be read is named, the rest is still assessed."""
from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from marketplace import i18n
from marketplace.payments.cli import payment_term_cli
from marketplace.rules import assess_findings
from marketplace.rules.assess import assess_case
from tests.unit.rules.obligations import TABLES

DATA = Path(__file__).parents[2] / "data"
FACTS = {
    "payer_type": "large_enterprise", "payee_size_at_signing": "micro", "contract_signed": "2025-09-01",
    "amount_fen": 1_000_000, "start_basis": "delivery", "delivery_date": "2025-09-15", "as_of": "2025-12-31",
}


def assessed(kind: str = "payment", **changed):
    facts = {name: value for name, value in (FACTS | changed).items() if value != "ABSENT"}
    return assess_case({"id": "X", "kind": kind, "facts": facts}, TABLES)


def refused(kind: str = "payment", **changed) -> tuple[str, str]:
    error = assessed(kind, **changed)["error"]
    return error["field"], error["code"]


@pytest.mark.parametrize(("changed", "field", "code"), [
    ({"amount_fen": "ABSENT"}, "amount_fen", "facts.missing"),
    ({"amount_fen": None}, "amount_fen", "facts.missing"),
    ({"amount_fen": 100.0}, "amount_fen", "facts.not_an_integer"),
    ({"amount_fen": "100"}, "amount_fen", "facts.not_an_integer"),
    ({"amount_fen": True}, "amount_fen", "facts.not_an_integer"),
    ({"amount_fen": 0}, "amount_fen", "facts.out_of_range"),
    ({"amount_fen": -5}, "amount_fen", "facts.out_of_range"),
    ({"amount_fen": 10**30}, "amount_fen", "facts.out_of_range"),
    ({"contract_signed": "2025-02-30"}, "contract_signed", "facts.not_a_date"),
    ({"contract_signed": "20250901"}, "contract_signed", "facts.not_a_date"),
    ({"contract_signed": "２０２５-09-01"}, "contract_signed", "facts.not_a_date"),
    ({"delivery_date": "9999-12-31"}, "delivery_date", "facts.out_of_range"),
    ({"delivery_date": "ABSENT"}, "delivery_date", "facts.missing"),
    ({"start_basis": "settlement"}, "settlement_confirmed_date", "facts.missing"),
    ({"start_basis": "acceptance", "delivery_date": "ABSENT"}, "delivery_date", "facts.missing"),
    ({"start_basis": "invoice"}, "start_basis", "facts.not_one_of"),
    ({"as_of": "ABSENT"}, "as_of", "facts.missing"),
    ({"payer_type": "bank"}, "payer_type", "facts.not_one_of"),
    ({"payee_size_at_signing": "ABSENT"}, "payee_size_at_signing", "facts.missing"),
    ({"agreed_term_days": -1}, "agreed_term_days", "facts.out_of_range"),
    ({"agreed_rate": {"value": "3", "unit": "percent"}}, "agreed_rate.unit", "facts.not_one_of"),
    ({"agreed_rate": {"value": "three", "unit": "percent_per_year"}}, "agreed_rate.value", "facts.not_a_decimal"),
    ({"agreed_rate": {"value": "1e-400", "unit": "percent_per_year"}}, "agreed_rate.value", "facts.not_a_decimal"),
    ({"agreed_rate": {"value": "NaN", "unit": "percent_per_year"}}, "agreed_rate.value", "facts.not_a_decimal"),
    ({"agreed_rate": "3"}, "agreed_rate", "facts.not_an_object"),
    ({"payments": {}}, "payments", "facts.not_a_list"),
    ({"payments": [{"date": "2025-12-01", "amount_fen": 1}, {"date": "2025-12-01"}]}, "payments[1].amount_fen",
     "facts.missing"),
    ({"pay_when_paid_clause": "yes"}, "pay_when_paid_clause", "facts.not_true_or_false"),
    ({"disputed_fen": 1_000_001}, "disputed_fen", "facts.disputed_more_than_amount"),
    ({"dispute_resolution": {"date": "2025-12-01", "upheld_fen": 1}}, "disputed_fen", "facts.missing"),
])
def test_a_fact_that_cannot_be_read_is_named(changed, field, code):
    assert refused(**changed) == (field, code)


def test_all_that_is_wrong_is_said_at_once():
    error = assessed(amount_fen="many", contract_signed="soon", payer_type="bank")["error"]
    for field in ("amount_fen", "contract_signed", "payer_type"):
        assert f"{field}: " in error["message"]


@pytest.mark.parametrize(("case", "field"), [
    (7, ""), (None, ""), ({"id": "X"}, "kind"), ({"id": "X", "kind": "payment"}, "facts"),
    ({"id": "X", "kind": "weather", "facts": {}}, "kind"), ({"id": "X", "kind": ["payment"], "facts": {}}, "kind"),
    ({"id": "X", "kind": "payment", "facts": [1]}, ""),
])
def test_a_case_that_is_no_case_is_named_too(case, field):
    assert assess_case(case, TABLES)["error"]["field"] == field


def test_not_confirmed_yet_is_a_fact_and_not_a_gap():
    found = assessed(start_basis="settlement", settlement_confirmed_date=None)
    assert (found["term_start"], found["due_date"], found["warnings"]) == (None, None, ["TERM_NOT_STARTED"])


def test_a_settlement_left_without_an_answer_is_found_from_its_facts():
    found = assessed(start_basis="settlement", settlement_confirmed_date=None, settlement_submitted_date="2025-09-18",
                     settlement_period_days=10, as_of="2025-10-09")
    assert (found["settlement_period_end"], found["term_start"]) == ("2025-09-28", "2025-09-28")
    assert "BUYER_DELAYED_SETTLEMENT_TERM_RUNS_FROM_PERIOD_END" in found["flags"]


def test_optional_facts_may_be_absent_or_null():
    optional = ("redelivery_date", "acceptance_period_days", "agreed_term_days", "agreed_rate", "disputed_fen",
                "dispute_resolution", "payments", "allocation", "over_60_justified", "payee_size_later")
    assert assessed(**dict.fromkeys(optional)) == assessed()


def test_growing_after_signing_changes_nothing():
    assert assessed(payee_size_later="large") == assessed()


def test_an_unstated_allocation_is_that_of_the_civil_code():
    payments = [{"date": "2025-11-24", "amount_fen": 400_000}]
    # 10 days x 500 fen before anything goes to principal
    assert assessed(payments=payments)["ledger"][0] == {
        "date": "2025-11-24", "to_interest_fen": 5000, "to_principal_fen": 395_000, "principal_left_fen": 605_000}


@pytest.mark.parametrize(("signed", "shown"), [("2025-07-01", "3.0"), ("2025-03-03", "3.1"), ("2024-08-01", "3.35"),
                                               ("2019-09-01", "4.25"), ("2019-01-01", None)])
def test_lpr_is_written_without_idle_zeros(signed, shown):
    assert assessed(contract_signed=signed)["lpr_at_signing_percent"] == shown


def test_out_of_scope_findings_are_null():
    found = assessed(payer_type="sme")
    assert found["in_scope"] is False
    assert found["flags"] == ["OUT_OF_SCOPE_802"]
    assert {found[name] for name in ("term_start", "due_date", "overdue_days", "interest_total_fen")} == {None}


def test_a_disclosure_names_the_contract_that_cannot_be_read():
    contract = {name: value for name, value in FACTS.items() if name != "as_of"}
    facts = {"report_year": 2025, "contracts": [contract | {"ref": "A"}, contract | {"ref": "B", "amount_fen": 0}]}
    found = assess_case({"id": "X", "kind": "disclosure", "facts": facts}, TABLES)
    assert found["error"]["field"] == "contracts[1].amount_fen"
    facts["contracts"].pop()
    found = assess_case({"id": "X", "kind": "disclosure", "facts": facts}, TABLES)
    assert found["overdue_unpaid_contract_refs"] == ["A"]


def test_screening_needs_a_signing_day_only_to_compare_a_rate():
    terms = {"payer_type": "government", "agreed_term_days": 61}
    assert assess_case({"kind": "screening", "facts": terms}, TABLES)["reasons"] == ["ART9_TERM_OVER_60"]
    terms["agreed_rate"] = {"value": "3", "unit": "percent_per_year"}
    assert assess_case({"kind": "screening", "facts": terms}, TABLES)["error"]["field"] == "contract_signed"


def test_every_problem_has_words_in_three_places():
    for code in assess_findings.MESSAGES:
        assert all(i18n.has_text(f"error.{code}", lang) for lang in i18n.LANGUAGES), code


class TestCommand:
    @staticmethod
    def run(*arguments: str, stdin: str | bytes | None = None):
        return CliRunner().invoke(payment_term_cli, ["assess", *arguments], input=stdin)

    def test_one_unreadable_case_does_not_stop_the_others(self):
        good = {"id": "good", "kind": "payment", "facts": FACTS}
        result = self.run("-", stdin=json.dumps([{"id": "bad", "kind": "payment", "facts": {}}, good]))
        first, second = map(json.loads, result.stdout.splitlines())
        assert result.exit_code == 2
        assert (first["id"], first["error"]["code"]) == ("bad", "facts.missing")
        assert (second["id"], second["due_date"]) == ("good", "2025-11-14")

    def test_a_list_and_an_object_with_vectors_are_both_files_of_cases(self):
        cases = [{"id": 1, "kind": "clock", "facts": {"clock": "art25_transfer", "event_date": "2025-09-25"}}]
        outputs = [self.run("-", stdin=json.dumps(d)) for d in (cases, {"vectors": cases, "_about": "x"})]
        assert [result.exit_code for result in outputs] == [0, 0]
        assert outputs[0].stdout == outputs[1].stdout

    @pytest.mark.parametrize("text", ["", "{", '{"cases": []}', "3", "[" * 100_000, b"\xff\xfe\x00["])
    def test_what_is_no_file_of_cases_gets_one_clear_line(self, text):
        result = self.run("-", stdin=text)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.startswith("payment-term assess: standard input: ")
        assert result.stderr.count("\n") == 1

    def test_a_missing_file_gets_one_clear_line(self, tmp_path):
        for path in (tmp_path / "none.json", tmp_path):
            result = self.run(str(path))
            assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
            assert "cannot be read" in result.stderr

    @pytest.mark.parametrize("identity", ['"\\ud800"', "1.5", "[1]", "null", '"订单"'])
    def test_whatever_names_a_case_comes_back_on_its_line(self, identity):
        result = self.run("-", stdin=f'[{{"id": {identity}, "kind": "clock", "facts": {{}}}}]')
        assert result.exit_code == 2
        assert json.loads(result.stdout)["error"]["field"] == "clock"

    def test_a_decimal_written_as_a_number_is_exact(self):
        facts = FACTS | {"agreed_rate": {"value": 3.0, "unit": "percent_per_year"}}
        result = self.run("-", stdin=json.dumps([{"id": 1, "kind": "payment", "facts": facts}]))
        assert json.loads(result.stdout)["rate_basis"] == "AGREED"


JUNK = (None, "", 0, -1, 1.5, "x", [], {}, True, "2025-13-40", "9999-12-31", "0001-01-01", 10**30, "1e999", "NaN",
        [None], {"a": 1}, float("inf"), float("nan"), "\ud800", 10**400)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything inside a JSON value."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


@pytest.mark.parametrize("seed", range(20))
def test_of_whatever_stands_in_a_file_come_findings_or_an_error_never_a_crash(seed: int) -> None:
    draw = random.Random(seed)
    cases = [json.loads((DATA / name).read_text("utf-8"))["vectors"]
             for name in ("payment_term_vectors.json", "payment_term_edges.json")]
    for _ in range(60):
        case = copy.deepcopy(draw.choice(draw.choice(cases)))
        for container, key in draw.sample(list(_places(case)), 2):
            container[key] = draw.choice(JUNK)
        found = assess_case(case, TABLES)
        json.dumps(found)
        assert "error" not in found or {"code", "field", "message"} <= found["error"].keys()
