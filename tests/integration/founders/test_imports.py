"""Profiles from files: every bad line is named, nothing is half imported."""
from __future__ import annotations

import contextlib
import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.config import ROOT
from marketplace.founders import imports, operations, queries
from marketplace.rules.errors import Problems
from tests.integration.founders.people import LEAKS, NOW, founder

RECORD = {"id": "x1", "headline": "找漏水", "skills": ["声学检测"], "day_rate_fen": 120000, "remote_ok": False,
          "past_cases": [{"title": "县城普查", "summary": "漏损率降九个点"}], "unknown": {"ignored": True}}


def lines(*records) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def problems(call, *arguments) -> list[tuple[int | None, str, str]]:
    with pytest.raises(Problems) as caught:
        call(*arguments)
    return [(problem.row, problem.field, problem.code) for problem in caught.value]


def test_one_record_is_read_whether_on_one_line_or_printed_over_many() -> None:
    nice = json.dumps(RECORD, ensure_ascii=False, indent=2).encode()
    for data in (lines(RECORD), nice, b"\xef\xbb\xbf" + nice, lines([RECORD])):
        draft = imports.read_one(data, "me.json")
        assert (draft.headline, draft.day_rate_fen, draft.remote_ok) == ("找漏水", 120000, False)
        assert draft.past_cases[0].summary == "漏损率降九个点"


def test_every_profile_of_the_demo_market_can_be_read() -> None:
    data = (ROOT / "seed_data/market/profiles.jsonl").read_bytes()
    records = imports.read_many(data, "profiles.jsonl")
    assert len(records) == len(data.splitlines())
    assert len({record.draft.external_ref for record in records}) == len(records)


def test_all_bad_lines_are_named_at_once_by_line_and_field() -> None:
    data = lines(RECORD | {"id": "a", "headline": ""}, RECORD | {"id": "b"},
                 RECORD | {"id": "c", "day_rate_fen": -5, "capacity_days_per_month": 40}) + b"\n{not json"
    assert problems(imports.read_many, data, "p.jsonl") == [
        (1, "headline", "field.required"), (3, "day_rate_fen", "field.out_of_range"),
        (3, "capacity_days_per_month", "field.out_of_range"), (4, "", "import.not_json")]


def test_two_profiles_are_not_one_founders_own() -> None:
    assert problems(imports.read_one, lines(RECORD, RECORD), "me.jsonl") == [(None, "file", "profile.one_record")]


def test_a_credit_code_with_a_wrong_check_digit_is_named_by_line() -> None:
    assert problems(imports.read_many, lines(RECORD | {"uscc": "91320500MAF000011A"}), "p.jsonl")[0][:2] == (1, "uscc")


def test_the_operators_import_finds_founders_by_code_then_by_id_and_counts_what_changed(session: Session) -> None:
    first, second = founder(session, 1), founder(session, 2, profile=LEAKS)
    data = lines(RECORD | {"id": "x1", "uscc": first.organisation.uscc},
                 RECORD | {"id": "x2", "uscc": second.organisation.uscc})
    done = operations.import_profiles(session, imports.read_many(data, "p.jsonl"), actor="cli", now=NOW)
    assert (done.created, done.changed, done.unchanged) == (1, 1, 0)
    again = lines(RECORD | {"id": "x1"}, RECORD | {"id": "x2", "headline": "查管网"})
    done = operations.import_profiles(session, imports.read_many(again, "p.jsonl"), actor="cli", now=NOW)
    assert (done.created, done.changed, done.unchanged) == (0, 1, 1)
    assert queries.profile_of(session, second.organisation_id).headline == "查管网"


def test_a_record_of_nobody_registered_stops_the_whole_import(session: Session) -> None:
    person = founder(session, 1)
    data = lines(RECORD | {"uscc": person.organisation.uscc}, RECORD | {"id": "stranger"})
    records = imports.read_many(data, "p.jsonl")
    with pytest.raises(Problems) as caught:
        operations.import_profiles(session, records, actor="cli", now=NOW)
    assert [(problem.row, problem.code) for problem in caught.value] == [(2, "profile.unknown_founder")]
    assert queries.profile_of(session, person.organisation_id) is None


def test_an_import_that_does_not_mention_interests_keeps_those_declared(session: Session) -> None:
    code = founder(session, 9).organisation.uscc
    person = founder(session, 1, profile=dataclasses.replace(LEAKS, related_usccs=(code,)))
    operations.import_profile(session, imports.read_one(lines(RECORD), "me.json"), actor=person, now=NOW)
    stored = queries.profile_of(session, person.organisation_id)
    assert (stored.headline, stored.related_usccs) == ("找漏水", [code])


@settings(max_examples=150, deadline=None)
@given(st.one_of(
    st.binary(max_size=200),
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
                 lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                     st.sampled_from([*RECORD, "bio", "uscc", "related_usccs", "languages"]), inner, max_size=5),
                 max_leaves=12).map(lambda value: json.dumps(value).encode())))
def test_whatever_the_file_holds_it_is_read_or_refused_with_reasons(data: bytes) -> None:
    for read in (imports.read_one, imports.read_many):
        with contextlib.suppress(Problems):
            read(data, "any.json")


def test_a_table_is_refused_because_profiles_come_as_json() -> None:
    table = "姓名,能力\n张三,找漏".encode()
    assert {code for _, _, code in problems(imports.read_one, table, "me.csv")} == {"import.not_json"}
