"""A pasted project document gives a first cut a buyer can work with, and says what it had to guess."""
from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.rules import proposal, quantities
from marketplace.rules.errors import Invalid
from marketplace.rules.slicing import SliceDraft, check_slices

TEXTS = Path(__file__).parents[2] / "data" / "projects"
DAY_RATE = 300_000


def cut(name: str, **said) -> proposal.Proposal:
    return proposal.propose((TEXTS / f"{name}.txt").read_text(encoding="utf-8"), day_rate_fen=DAY_RATE, **said)


def brief(found: proposal.Proposal) -> list[tuple[str, int, int, tuple[int, ...]]]:
    """(title, whole yuan, days, depends on) of each slice."""
    return [(one.title, one.budget_fen // 100, one.duration_days, one.depends_on) for one in found.slices]


def codes(found: proposal.Proposal) -> set[str]:
    return {note.code for note in found.notes}


def test_a_plan_with_nested_numbering_keeps_amounts_days_order_and_its_reserve() -> None:
    found = cut("water_plan")
    assert brief(found) == [("管网数据治理", 300_000, 45, ()), ("漏损定位模型", 500_000, 60, (1,)),
                            ("预警看板", 350_000, 30, (2,))]
    assert (found.budget_fen, found.reserve_fen, found.difference_fen) == (120_000_000, 5_000_000, 0)
    assert found.title == "苏州市吴江区智慧水务运营提升项目建设方案"
    assert found.slices[0].deliverables == ("数据字典", "清洗后的数据集")
    assert found.slices[0].acceptance_criteria == ("字段完整率≥98%", "坐标误差不超过2米")
    assert "治理后的数据集" in found.slices[1].interface


def test_a_table_pasted_from_a_spreadsheet_is_read_by_its_headings_and_its_sum_row_is_no_work() -> None:
    found = cut("traffic_table")
    assert brief(found) == [("数据采集", 180_000, 30, ()), ("模型训练", 325_000, 45, (1,)),
                            ("边缘部署", 240_000, 30, (1, 2)), ("验收与培训", 55_000, 10, (3,))]
    assert (found.budget_fen, found.difference_fen) == (80_000_000, 0)
    assert found.slices[0].deliverables == ("采集脚本", "数据集")


def test_headings_of_a_markdown_page_give_slices_and_what_is_missing_from_the_total_is_shown_not_hidden() -> None:
    found = cut("knowledge_base_markdown")
    assert brief(found) == [("文档解析", 80_000, 21, ()), ("检索与问答", 150_000, 42, (1,)),
                            ("权限与审计", 60_000, 14, ())]
    assert found.difference_fen == -1_000_000
    assert "proposal.under" in codes(found)


def test_parts_with_amounts_of_their_own_add_up_and_qualification_and_payment_chapters_are_not_work() -> None:
    found = cut("modules_with_subitems")
    assert [one[:2] + one[3:] for one in brief(found)] == [
        ("表单引擎", 180_000, ()), ("数据回流", 225_000, (1,)), ("智能查重", 95_000, (1, 2))]
    assert found.difference_fen == 0
    assert found.slices[1].acceptance_criteria == ("回流成功率不低于99.5%",)


def test_phases_follow_each_other_and_a_rounding_difference_is_scaled_to_the_fen() -> None:
    found = cut("phases")
    assert [one.depends_on for one in found.slices] == [(), (1,), (2,)]
    assert sum(one.budget_fen for one in found.slices) == found.budget_fen == 60_500_000
    assert "proposal.scaled" in codes(found)


def test_work_without_amounts_shares_the_total_and_every_guess_is_told() -> None:
    found = cut("heritage_requirements")
    assert [one.title for one in found.slices] == ["口述史采访", "三维扫描", "数据入库", "展示小程序"]
    assert found.slices[2].depends_on == (1, 2)
    assert found.difference_fen == 0
    assert {"proposal.amounts_shared", "proposal.days_estimated", "proposal.acceptance_drafted"} <= codes(found)


def test_a_short_note_with_bullets_is_enough() -> None:
    found = cut("energy_note")
    assert [one.title for one in found.slices] == ["接入电表数据", "做一个用能异常识别", "出一个日报小程序"]
    assert found.difference_fen == 0


def test_english_work_packages_are_read_and_drafted_in_english() -> None:
    found = cut("returns_english")
    assert brief(found) == [("Data capture", 60_000, 28, ()), ("Classification model", 120_000, 56, (1,)),
                            ("Integration with the WMS", 60_000, 21, (2,))]
    assert found.slices[1].acceptance_criteria == ("accuracy at least 95% on 2,000 images",)
    assert all(line.isascii() for one in found.slices for line in (*one.acceptance_criteria, one.interface))


@pytest.mark.parametrize("name", sorted(path.stem for path in TEXTS.glob("*.txt")))
def test_every_proposed_slice_could_be_posted_once_the_sums_agree(name: str) -> None:
    found = cut(name)
    checked = check_slices(sum(one.budget_fen for one in found.slices), [
        SliceDraft(place, one.title, one.budget_fen, one.duration_days, one.deliverables, one.acceptance_criteria,
                   one.depends_on, one.interface) for place, one in enumerate(found.slices, start=1)],
                   interfaces=True)
    assert (checked.problems, checked.warnings) == ((), ())


def test_the_buyers_own_budget_overrides_the_documents_and_the_difference_is_shown() -> None:
    found = cut("water_plan", budget_fen=150_000_000)
    assert (found.budget_fen, found.difference_fen) == (150_000_000, -30_000_000)


@pytest.mark.parametrize(("text", "code"), [
    ("  \n\t ", "proposal.too_short"), ("你好", "proposal.too_short"),
    ("今天天气不错，我们去公园玩。后来吃了饭，然后回家睡觉，第二天又去了一次。", "proposal.nothing_found"),
    ("%PDF-1.4 \x00\x01 3 0 obj << /Length 4 0 R /Filter /FlateDecode >> stream xœ", "proposal.nothing_found"),
    ("字" * (proposal.MOST_CHARACTERS + 1), "proposal.too_long")])
def test_what_is_no_project_document_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        proposal.propose(text, day_rate_fen=DAY_RATE)
    assert caught.value.code == code


def test_two_hundred_pages_give_a_bounded_cut_that_says_what_was_left_out() -> None:
    page = "说明文字，供参考。" * 150
    text = "\n".join(f"（{'一二三四五六七八九十'[n % 10]}）任务{n}，预算{n + 1}万元\n{page}" for n in range(200))
    found = proposal.propose(text, day_rate_fen=DAY_RATE)
    assert len(found.slices) == proposal.MOST_SLICES
    assert "proposal.left_out" in codes(found)
    assert max(len(one.need) for one in found.slices) <= 4000


@pytest.mark.parametrize(("line", "fen"), [
    ("预算30万元", [30_000_000]), ("¥80,000", [8_000_000]), ("RMB 1.2 million", [120_000_000]),
    ("0.5亿元", [5_000_000_000]),
    ("注册资本500万元", []), ("200元/人天", []), ("每条3元", [300]), ("约3万条数据", []),
    ("人民币 960000 元", [96_000_000])])
def test_only_prices_of_the_work_are_amounts(line: str, fen: list[int]) -> None:
    assert [one.fen for one in quantities.amounts(line)] == fen


@pytest.mark.parametrize(("line", "days"), [
    ("工期45天", 45), ("周期20个工作日", 28), ("三个月内完成", 90), ("两周", 14), ("6 weeks", 42),
    ("第1-3个月", 90), ("十二天", 12),
    ("验收后30日内支付", None), ("质保期一年", None), ("2026年3月1日", None), ("半年", 183)])
def test_days_of_work_are_no_payment_or_warranty_days(line: str, days: int | None) -> None:
    assert quantities.days(line) == days
