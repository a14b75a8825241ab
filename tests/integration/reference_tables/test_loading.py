"""Tables the operator loads: seen by everything after it, and what they touch is recomputed and told, once."""
from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine, select

from marketplace import reference
from marketplace.audit.models import AuditEntry
from marketplace.db import reading, transaction
from marketplace.notices import texts
from marketplace.notices.models import Notice
from marketplace.payments import obligations, recompute
from marketplace.reference_tables import files
from marketplace.reference_tables import operations as tables
from marketplace.reference_tables.models import ReferenceTable
from marketplace.rules.errors import Invalid, Problems, WrongState
from marketplace.rules.reference_tables import TableKind
from tests.integration.payments.world import World, noon, on

# Not the State Council's list, which is not published: a list such as it might be.
NEXT_YEAR = {"years": {"2027": {"source": "国办发明电〔2026〕号（测试）", "makeup": [],
                                "off": ["2027-01-01", "2027-01-02", "2027-01-04"]}}}
HIGHER = "日期,利率\n2025-07-21,3.00%\n2025-08-20,3.60%\n2026-10-20,3.60%\n"


@pytest.fixture
def world(session) -> World:
    return World(session)


def loaded(world: World, kind: TableKind, document: dict, day: str, *, source: str = "测试来源") -> ReferenceTable:
    upon = reference.in_force(world.session, kind).version
    row = tables.load(world.session, kind, document, source=source, upon=upon, actor=world.operator, now=noon(day))
    world.session.flush()
    return row


def quotes() -> dict:
    """What the LPR would be if it had risen in August 2025."""
    return files.read_table(TableKind.LPR, HIGHER.encode(), "lpr.csv", source="测试来源")


def carried_out(world: World, row: ReferenceTable, day: str) -> list[int]:
    concerned = recompute.outstanding(world.session, row, today=on(day))
    for obligation_id in concerned:
        recompute.apply(world.session, row.id, obligation_id, today=on(day), now=noon(day))
    recompute.finish(world.session, row.id, now=noon(day))
    world.session.flush()
    return concerned


def told(world: World, code: str) -> list[Notice]:
    return list(world.session.scalars(select(Notice).filter_by(code=code).order_by(Notice.organisation_id)))


def test_a_published_year_moves_provisional_due_dates_and_tells_both_sides_old_new_and_why(world: World) -> None:
    owed = world.delivered(world.signed(at="2026-11-02", amounts=(1_000_000,), term_days=60), "2026-11-04")
    assert (owed.due_on, owed.provisional) == (on("2027-01-04"), True)  # Sunday 2027-01-03 rolls to Monday
    row = loaded(world, TableKind.HOLIDAYS, NEXT_YEAR, "2026-12-01")
    assert carried_out(world, row, "2026-12-01") == [owed.id]
    assert (owed.due_on, owed.provisional) == (on("2027-01-05"), False)
    notices = told(world, "new_table_holidays")
    assert {notice.organisation_id for notice in notices} == {world.buyer.organisation_id,
                                                              world.founder.organisation_id}
    said = texts.sentence(notices[0], "zh")
    for words in ("2027年1月4日", "2027年1月5日", "第 1 版", "测试来源"):
        assert words in said
    entry = world.session.scalars(select(AuditEntry).filter_by(action="obligation:new_table")).one()
    assert json.loads(entry.facts)["due_before"] == "2027-01-04"
    (effect, table), = tables.effects_on(world.session, owed.id)
    assert (effect.due_before, effect.due_on, table.applied_at) == (on("2027-01-04"), on("2027-01-05"),
                                                                    noon("2026-12-01"))


def test_a_transaction_begun_after_the_loading_sees_the_table_and_one_begun_before_does_not(engine: Engine) -> None:
    with reading(engine) as before:
        assert reference.in_force(before, TableKind.HOLIDAYS).version == 0
        with transaction(engine) as session:
            tables.load(session, TableKind.HOLIDAYS, NEXT_YEAR, source="测试来源", upon=0, actor="system",
                        now=noon("2026-12-01"))
            assert reference.calendar().published(2027)
        assert not reference.calendar().published(2027)
        before.rollback()
        assert reference.in_force(before, TableKind.HOLIDAYS).version == 1
    with reading(engine):
        assert reference.calendar().published(2027)


def test_a_table_that_was_taken_back_is_not_in_force(engine: Engine) -> None:
    with reading(engine) as session:
        tables.load(session, TableKind.HOLIDAYS, NEXT_YEAR, source="测试来源", upon=0, actor="system",
                    now=noon("2026-12-01"))
        assert reference.calendar().published(2027)
        session.rollback()
        assert not reference.in_force(session, TableKind.HOLIDAYS).version
    with reading(engine):
        assert not reference.calendar().published(2027)


def test_what_was_recomputed_is_neither_changed_nor_told_again(world: World) -> None:
    owed = world.delivered(world.signed(at="2026-11-02", amounts=(1_000_000,), term_days=60), "2026-11-04")
    row = loaded(world, TableKind.HOLIDAYS, NEXT_YEAR, "2026-12-01")
    carried_out(world, row, "2026-12-01")
    assert carried_out(world, row, "2026-12-02") == []
    assert recompute.apply(world.session, row.id, owed.id, today=on("2026-12-02"), now=noon("2026-12-02")) is None
    assert len(told(world, "new_table_holidays")) == 2
    assert tables.unapplied(world.session) == []


def test_a_rate_loaded_later_changes_the_interest_of_contracts_signed_since(world: World) -> None:
    terms = {"late_rate_value": "3.2", "late_rate_unit": "percent_per_year"}
    after = world.delivered(world.signed(at="2025-09-01", **terms), "2025-09-02")
    before = world.delivered(world.signed(at="2025-07-01", **terms), "2025-07-02")
    assert world.statement(after, "2025-12-31").rate.basis == "AGREED"
    row = loaded(world, TableKind.LPR, quotes(), "2026-10-21")
    assert carried_out(world, row, "2026-10-21") == [after.id]
    found = world.statement(after, "2025-12-31")
    assert (found.rate.basis, str(found.rate.lpr.percent)) == ("LPR_FLOOR", "3.60")
    assert world.statement(before, "2025-12-31").rate.basis == "AGREED"
    assert (after.contract.lpr_at_signing, before.contract.lpr_at_signing) == ("3.6", "3.0")
    notice = told(world, "new_table_lpr")[0]
    assert notice.facts["interest_fen"] > notice.facts["interest_before_fen"] > 0


def test_the_preview_stores_nothing_and_says_what_the_table_would_do(world: World) -> None:
    owed = world.delivered(world.signed(at="2026-11-02", amounts=(1_000_000,), term_days=60), "2026-11-04")
    draft = tables.draft(world.session, TableKind.HOLIDAYS, NEXT_YEAR, source="测试来源")
    moved, = recompute.touched(world.session, draft.before, draft.after, as_of=on("2027-02-01"))
    assert (moved.obligation_id, moved.due_before, moved.due_on) == (owed.id, on("2027-01-04"), on("2027-01-05"))
    assert (moved.interest_before_fen, moved.interest_fen) == (14_000, 13_500)  # 28 and 27 days at 0.05 percent
    assert draft.changes.years == (2027,)
    assert (reference.in_force(world.session, TableKind.HOLIDAYS).version, owed.due_on) == (0, on("2027-01-04"))


def test_years_a_file_does_not_name_stay_as_they_are(world: World) -> None:
    loaded(world, TableKind.HOLIDAYS, NEXT_YEAR, "2026-12-01")
    calendar = reference.calendar()
    assert calendar.published(2027)
    assert calendar.years[2026] == reference.shipped(TableKind.HOLIDAYS).table.years[2026]


def test_who_confirms_an_outdated_preview_is_sent_back(world: World) -> None:
    loaded(world, TableKind.HOLIDAYS, NEXT_YEAR, "2026-12-01")
    other = {"years": {"2028": {"source": "x", "off": ["2028-01-01"], "makeup": []}}}
    with pytest.raises(WrongState, match="changed_meanwhile"):
        tables.load(world.session, TableKind.HOLIDAYS, other, source="x", upon=0, actor=world.operator,
                    now=noon("2026-12-02"))


def test_the_same_table_twice_is_nothing_new(world: World) -> None:
    loaded(world, TableKind.HOLIDAYS, NEXT_YEAR, "2026-12-01")
    with pytest.raises(Invalid, match="nothing_new"):
        tables.draft(world.session, TableKind.HOLIDAYS, NEXT_YEAR, source="again")


def test_months_and_years_nobody_loaded_are_named(world: World) -> None:
    lacking = tables.lacking(today=on("2026-11-21"))
    assert (lacking.years, [f"{month:%Y-%m}" for month in lacking.months]) == ((2027,), ["2026-10", "2026-11"])
    loaded(world, TableKind.HOLIDAYS, NEXT_YEAR, "2026-12-01")
    loaded(world, TableKind.LPR, quotes(), "2026-12-01")
    lacking = tables.lacking(today=on("2026-11-21"))
    assert (lacking.years, [f"{month:%Y-%m}" for month in lacking.months]) == ((), ["2026-11"])


def test_a_contract_before_decree_802_follows_decree_728_whatever_table_is_loaded(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-05-30"), "2025-06-10")
    obligations.refresh(world.session, owed, actor="system", now=noon("2025-06-11"))
    found = world.statement(owed, "2025-12-31")
    assert found.due is None
    assert "PRE_802_NO_STATUTORY_DEFAULT" in found.flags
    assert all(step.article.startswith(("CN-728", "CN-CC")) for step in found.steps)


@pytest.mark.parametrize(("text", "faults"), [
    ("日期,类型\n2027-13-01,休\n2027-01-02,?\n", [("date", "reference.not_a_date", 2),
                                             ("kind", "reference.not_off_or_makeup", 3)]),
    ("日期,来源\n2027-01-01,x\n", [("file", "reference.no_column", None)]),
    ("{\"years\": ", [("file", "reference.not_json", None)]),
])
def test_a_file_that_is_no_table_is_refused_with_every_fault(text: str, faults: list) -> None:
    with pytest.raises(Problems) as refused:
        files.read_table(TableKind.HOLIDAYS, text.encode(), "2027.csv" if text[0] != "{" else "2027.json")
    assert [(p.field, p.code, p.row) for p in refused.value] == faults


def test_every_fault_of_a_table_is_named_at_once(world: World) -> None:
    wrong = {"years": {"2027": {"off": ["2027-01-01", "2026-12-31", "x"], "makeup": ["2027-01-04", "2027-01-01"]}}}
    with pytest.raises(Problems) as refused:
        tables.draft(world.session, TableKind.HOLIDAYS, wrong, source="x")
    assert [p.code.removeprefix("reference.") for p in refused.value] == [
        "not_a_date", "other_year", "off_and_working", "works_anyway", "no_source"]
