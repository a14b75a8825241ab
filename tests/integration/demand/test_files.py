"""Reading a buyer's list: every bad cell named by row, column and reason, and no file that breaks the reader."""
from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from marketplace.demand import columns, reading
from marketplace.demand.drafts import DemandDraft, TermsDraft
from marketplace.demand.imports import read_demands
from marketplace.i18n import sentence
from marketplace.rules.errors import Problems

TERMS = TermsDraft(acceptance_period_days=15)
RECORD = {"id": "WX-1", "title": "管网漏损定位", "description": "三个月内缩小到五十米以内。", "budget_fen": 18000000,
          "deadline_days": 90}
HEADERS = ("编号", "标题", "需求", "预算（元）", "工期（天）")


def jsonl(*records: object) -> bytes:
    return "\n".join(record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
                     for record in records).encode()


def table(*rows: tuple, headers: tuple = HEADERS, encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([headers, *rows])
    return out.getvalue().encode(encoding)


def workbook(*rows: tuple, headers: tuple = HEADERS) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in (headers, *rows):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def read(data: bytes, name: str = "list.jsonl") -> tuple[DemandDraft, ...]:
    return read_demands(data, name, TERMS).drafts


def problems(data: bytes, name: str = "list.jsonl") -> list[tuple[int | None, str, str]]:
    with pytest.raises(Problems) as caught:
        read(data, name)
    for problem in caught.value:  # what is wrong can be said in both languages
        assert sentence(problem, "zh")
        assert sentence(problem, "en")
    return [(problem.row, problem.field, problem.code) for problem in caught.value]


# What is read ------------------------------------------------------------------------------------


def test_a_shared_list_is_read_field_by_field_and_unknown_fields_are_ignored() -> None:
    (draft,) = read(jsonl(RECORD | {
        "industry": "水的生产和供应业", "poster_type": "institution", "region": "江苏省无锡市", "remote_ok": False,
        "required_skills": ["声学检测", "声学检测", ""], "deliverables": ["漏点清单"], "set_aside": True,
        "data_provided": True, "心情": "好"}))
    assert (draft.external_ref, draft.budget_fen, draft.duration_days) == ("WX-1", 18_000_000, 90)
    assert (draft.required_skills, draft.deliverables) == (("声学检测",), ("漏点清单",))
    assert (draft.set_aside, draft.data_provided, draft.remote_ok) == (True, True, False)
    assert draft.terms == TERMS


def test_optional_fields_may_be_missing_or_null() -> None:
    (draft,) = read(jsonl({name: value for name, value in RECORD.items() if name != "id"} | {"region": None}))
    assert (draft.external_ref, draft.region, draft.remote_ok) == (None, "", True)


def test_a_json_array_is_a_list_too() -> None:
    assert len(read(json.dumps([RECORD, RECORD | {"id": "WX-2"}]).encode(), "list.json")) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_csv_is_read_in_the_encodings_chinese_offices_use(encoding) -> None:
    (draft,) = read(table(("A1", "漏损", "找漏点", "12,000.50", "90天"), encoding=encoding), "list.csv")
    assert (draft.title, draft.budget_fen, draft.duration_days) == ("漏损", 1_200_050, 90)


@pytest.mark.parametrize("headers", [HEADERS, ("id", "title", "description", "budget_yuan", "deadline_days"),
                                     ("编号 / id", "标题 / title *", "需求 / description", "预算(元)", "工期")])
def test_headers_are_understood_in_chinese_in_english_and_in_both(headers) -> None:
    (draft,) = read(table(("A1", "漏损", "找漏点", "1.2万元", "90"), headers=headers), "list.csv")
    assert draft.budget_fen == 1_200_000


def test_a_table_exported_with_the_jsonl_names_speaks_fen_there() -> None:
    headers = ("id", "title", "description", "budget_fen", "deadline_days", "required_skills", "remote_ok")
    (draft,) = read(table(("1", "漏损", "找漏点", "1200000", "90", '["声学、检测", "GIS"]', "False"), headers=headers),
                    "list.csv")
    assert (draft.budget_fen, draft.required_skills, draft.remote_ok) == (1_200_000, ("声学、检测", "GIS"), False)


def test_an_excel_sheet_gives_the_same_demand_as_a_csv() -> None:
    row = ("A1", "漏损", "找漏点", 12000.5, 90)
    assert read(workbook(row), "list.xlsx") == read(table(row), "list.csv")


def test_lists_in_cells_are_split_where_their_kind_of_list_is_split() -> None:
    headers = (*HEADERS, "所需技能", "交付物")
    row = ("A", "漏损", "找漏点", "1", "9", "声学、GIS，水力模型", "清单；图纸、说明")
    (draft,) = read(table(row, headers=headers), "list.csv")
    assert draft.required_skills == ("声学", "GIS", "水力模型")
    assert draft.deliverables == ("清单", "图纸、说明")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_filled_in_excel_template_is_read_and_its_example_row_is_left_out(lang) -> None:
    book, out = load_workbook(io.BytesIO(columns.xlsx_template(lang))), io.BytesIO()
    sheet = book.worksheets[0]
    values = {"title": "漏损", "description": "找漏点", "budget_yuan": 12000, "deadline_days": 30}
    shown = [columns.column_of(cell.value).key for cell in sheet[1]]
    sheet.append([values.get(key) for key in shown])
    book.save(out)
    found = read_demands(out.getvalue(), "t.xlsx", TERMS)
    assert [draft.title for draft in found.drafts] == ["漏损"]
    assert found.examples == 1


def test_the_csv_template_alone_holds_no_demand() -> None:
    assert problems(columns.csv_template(), "t.csv") == [(None, "file", "import.no_rows")]


# What is refused ----------------------------------------------------------------------------------


def test_all_bad_cells_of_all_rows_are_told_at_once_by_their_row_and_column() -> None:
    rows = ("1", "甲", "做甲", "12万", "30"), ("2", "", "做乙", "abc", "三十"), ("3", "丙", "", "0", "0")
    assert problems(table(*rows), "list.csv") == [
        (3, "标题", "field.required"), (3, "预算（元）", "money.not_a_number"), (3, "工期（天）", "field.not_a_number"),
        (4, "需求", "field.required"), (4, "预算（元）", "money.zero"), (4, "工期（天）", "field.out_of_range")]


def test_a_column_that_is_missing_altogether_is_named() -> None:
    assert problems(table(("漏损", "找漏点", "90"), headers=("标题", "需求", "工期（天）")), "list.csv") == [
        (2, "预算（元） / budget_yuan", "field.required")]


@pytest.mark.parametrize(("field", "value", "code"), [
    ("budget_fen", 0, "field.out_of_range"), ("budget_fen", -1, "field.out_of_range"),
    ("budget_fen", 10**15 + 1, "field.out_of_range"), ("budget_fen", 18000000.0, "field.not_a_number"),
    ("budget_fen", "18000000", "field.not_a_number"), ("budget_fen", True, "field.not_a_number"),
    ("deadline_days", 2.5, "field.not_a_number"), ("deadline_days", 0, "field.out_of_range"),
    ("title", "", "field.required"), ("title", 7, "field.invalid_value"), ("title", "漏" * 201, "field.too_long"),
    ("description", None, "field.required"), ("remote_ok", "也许", "field.invalid_value"),
    ("required_skills", "声学", "field.invalid_value"), ("required_skills", [7], "field.invalid_value"),
    ("deliverables", ["清单"] * 51, "field.too_many"), ("title", "\ud800", "field.invalid_value"),
])
def test_a_json_value_that_cannot_be_meant_is_refused(field, value, code) -> None:
    line = json.dumps({name: kept for name, kept in (RECORD | {field: value}).items() if kept is not None})
    assert problems(jsonl(RECORD | {"id": "0"}, line)) == [(2, field, code)]


@pytest.mark.parametrize("line", ['{"title": ', "[1, 2]", "7", '{"budget_fen": NaN}', "[" * 100_000,
                                  '{"budget_fen": ' + "9" * 5000 + "}", "null", '"text"'])
def test_a_broken_line_is_named_and_the_others_are_still_looked_at(line) -> None:
    found = problems(jsonl(RECORD, line, RECORD | {"id": "WX-2", "budget_fen": 0}))
    assert [row for row, _, _ in found] == [2, 3]


def test_a_line_in_another_encoding_is_named() -> None:
    assert problems(jsonl(RECORD) + b"\n" + '{"title": "管网定位"}'.encode("gbk")) == [(2, "", "import.not_utf8")]


def test_the_same_number_twice_in_one_file_is_refused_with_both_rows() -> None:
    with pytest.raises(Problems) as caught:
        read(jsonl(RECORD, RECORD | {"title": "另一个"}))
    (problem,) = caught.value
    assert (problem.row, problem.code, problem.facts["first"]) == (2, "import.repeated", 1)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><workbook>&b;</workbook>'


@pytest.mark.parametrize(("data", "name", "code"), [
    (b"", "list.jsonl", "import.empty_file"), (b"\xef\xbb\xbf\n \n", "list.csv", "import.empty_file"),
    (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "list.xls", "import.old_excel"),
    (b"%PDF-1.7\x00\x01\xff\xfe", "list.pdf", "import.not_a_list"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "list.csv", "import.not_a_list"),
    (b"PK\x03\x04 not a zip", "list.xlsx", "import.bad_excel"),
    (zipped(readme=b"hello"), "list.xlsx", "import.bad_excel"),
    (zipped(xl__workbook_xml=b"<workbook"), "list.xlsx", "import.bad_excel"),
    (zipped(xl__workbook_xml=ENTITIES), "list.xlsx", "import.bad_excel"),
    (zipped(xl__workbook_xml=b"<a/>", bomb=b"\0" * (reading.MOST_UNFOLDED + 1)), "list.xlsx",
     "import.unfolds_too_large"),
    (workbook(("A", "漏损", "找漏点", 1, 9))[:-300], "list.xlsx", "import.bad_excel"),
    ("姓名,年龄\n周,3\n".encode(), "list.csv", "import.no_header"),
    (table(("1", "2", "3"), headers=("标题", "标题", "需求")), "list.csv", "import.column_twice"),
    (table(("1", "2", "3"), headers=("标题", "预算（元）", "预算（分）")), "list.csv", "import.column_twice"),
    (b"x" * (reading.MOST_BYTES + 1), "list.csv", "import.too_large"),
    (jsonl(*["{}"] * (reading.MOST_ROWS + 1)), "list.jsonl", "import.too_many_rows"),
    (table(*[("1", "2")] * (reading.MOST_ROWS + 1)), "list.csv", "import.too_many_rows"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_file_that_is_no_list_is_refused_as_a_whole(data, name, code) -> None:
    assert problems(data, name) == [(None, "file", code)]


# Whatever comes -----------------------------------------------------------------------------------

VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
                      max_leaves=6)
KEYS = st.sampled_from([*RECORD, "required_skills", "set_aside", "remote_ok", "x"])
NAMES = st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.xlsx", "a", "a.exe"])


def imported_or_explained(data: bytes, name: str) -> None:
    explained: list[str] = []
    try:
        for draft in read(data, name):
            draft.title.encode()
            assert 0 < draft.budget_fen <= 10**15
    except Problems as refusal:
        explained = [sentence(problem, lang) for problem in refusal for lang in ("zh", "en")]
    assert all(explained)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")), NAMES)
def test_any_bytes_are_either_imported_or_explained(data, name) -> None:
    imported_or_explained(data, name)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=7), max_size=3))
def test_any_json_records_are_either_imported_or_explained(records) -> None:
    imported_or_explained("\n".join(json.dumps(record) for record in records).encode(), "a.jsonl")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(max_size=12), min_size=5, max_size=5), min_size=1, max_size=3))
def test_any_cells_are_either_imported_or_explained(rows) -> None:
    imported_or_explained(table(*map(tuple, rows)).replace(b"\x00", b""), "a.csv")


WHOLE = workbook(("A", "漏损", "找漏点", 1, 9))
DAMAGE = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255))


@settings(max_examples=100, deadline=None)
@given(st.lists(DAMAGE, min_size=1, max_size=8))
def test_a_damaged_workbook_is_either_imported_or_explained(damage) -> None:
    broken = bytearray(WHOLE)
    for place, byte in damage:
        broken[4 + int(place * (len(broken) - 4))] = byte
    imported_or_explained(bytes(broken), "a.xlsx")
