"""What every page owes its reader through the shared pieces: words, labels, reasons, sums that add up."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from marketplace import create_app, display
from marketplace.config import ROOT, Settings
from marketplace.forms import FormState
from marketplace.rules.errors import Problem, Problems
from marketplace.rules.lifecycle import DemandStatus, MilestoneStatus

IMPORTS = '{% import "macros/ui.html" as ui with context %}{% import "macros/forms.html" as forms with context %}'
Render = Callable[..., str]


@pytest.fixture(scope="module")
def site_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("macros")
    return create_app(Settings(f"sqlite:///{folder}/never-opened.db", "only-for-tests", folder, testing=True))


@pytest.fixture
def render(site_app: Flask) -> Iterator[Render]:
    """``render(source, lang=…, **facts)`` writes a piece of a page as a reader of that language gets it."""

    def written(source: str, lang: str = "zh", **facts: object) -> str:
        with site_app.test_request_context(f"/?lang={lang}"):
            return render_template_string(IMPORTS + source, **facts)

    return written


@pytest.fixture
def refused() -> FormState:
    """A form that came back: one value kept, two problems."""
    form = FormState({"budget": '12,000"元', "payer": "government", "skills": "cv", "remote": "1",
                      "note": "</textarea>x"})
    form.add(Problems([Problem("budget", "money.zero"), Problem("payer", "field.not_a_choice")]))
    return form


def attribute(name: str, html: str) -> list[str]:
    return re.findall(rf'\b{name}="([^"]*)"', html)


# Forms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text", "money", "textarea", "select", "file", "date", "number", "password"])
def test_a_control_is_named_by_its_label_and_read_out_with_hint_and_error(render: Render, kind: str) -> None:
    form = FormState()
    form.add(Problems([Problem("budget", "field.required")]))
    html = render("{{ forms.field(form, 'budget', '预算', type=kind, hint='含税', options=[('a', '甲')]) }}",
                  form=form, kind=kind)
    assert '<label for="f-budget">预算' in html
    assert 'id="f-budget"' in html
    assert 'aria-invalid="true"' in html
    [described] = attribute("aria-describedby", html)
    said = {name: re.search(rf'id="{name}">(.*?)</p>', html).group(1) for name in described.split()}
    assert "含税" in said["f-budget-hint"]
    assert "此项必填" in said["f-budget-error"]


def test_what_was_typed_is_kept_and_cannot_break_out_of_the_page(render: Render, refused: FormState) -> None:
    assert 'value="12,000&#34;元"' in render("{{ forms.field(form, 'budget', '预算') }}", form=refused)
    note = render("{{ forms.field(form, 'note', '说明', type='textarea') }}", form=refused)
    assert note.count("</textarea>") == 1


def test_a_password_is_never_written_into_a_page(render: Render) -> None:
    html = render("{{ forms.field(form, 'secret', '密码', type='password') }}", form=FormState({"secret": "hunter22"}))
    assert "hunter22" not in html


@pytest.mark.parametrize(("kind", "name", "chosen"), [
    ("radio", "payer", "government"), ("checkboxes", "skills", "cv"), ("select", "payer", "government")])
def test_what_was_chosen_is_still_chosen(render: Render, refused: FormState, kind: str, name: str, chosen: str) -> None:
    html = render("{{ forms.field(form, name, '选择', type=kind, options=[('other', '其他'), (chosen, '这个')]) }}",
                  form=refused, kind=kind, name=name, chosen=chosen)
    marked = re.findall(r'value="(\w*)"[^>]*?\b(?:checked|selected)\b', html)
    assert marked == [chosen]


@pytest.mark.parametrize(("value", "ticked"), [("1", True), ("on", True), (True, True), ("", False), ("0", False)])
def test_a_tick_is_kept(render: Render, value: object, ticked: bool) -> None:
    html = render("{{ forms.field(form, 'remote', '可远程', type='checkbox') }}", form=FormState({"remote": value}))
    assert (" checked" in html) is ticked


def test_the_summary_of_problems_leads_to_each_field(render: Render, refused: FormState) -> None:
    html = render("{{ forms.form_errors(form) }}{{ forms.field(form, 'budget', '预算', type='money') }}"
                  "{{ forms.field(form, 'payer', '付款方', type='radio', options=[('government', '机关')]) }}",
                  form=refused)
    targets = [href.removeprefix("#") for href in attribute("href", html)]
    assert targets == ["f-budget", "f-payer"]
    assert set(targets) <= set(attribute("id", html))
    assert "有 2 处需要改正" in html


def test_a_form_without_problems_has_no_summary(render: Render) -> None:
    assert render("{{ forms.form_errors(form) }}", form=FormState()).strip() == ""


# Words, amounts, dates ----------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "word"), [("zh", "待验收"), ("en", "wait")])
def test_a_status_is_said_in_words_of_the_readers_language(render: Render, lang: str, word: str) -> None:
    by_member = render("{{ ui.status(status) }}", lang, status=MilestoneStatus.DELIVERED)
    by_column = render("{{ ui.status('delivered', kind='MilestoneStatus') }}", lang)
    assert word in by_member.lower()
    assert by_member == by_column


def test_nothing_owed_is_not_the_same_as_not_known(render: Render) -> None:
    assert "¥0.00" in render("{{ ui.amount(0) }}")
    assert "¥" not in render("{{ ui.amount(none) }}")
    assert "¥12,000.50" in render("{{ ui.amount(1200050) }}")


def test_a_date_tells_why_with_every_step_and_its_article_in_order(render: Render) -> None:
    html = render("{{ ui.date_basis(due, [{'text': '验收合格', 'article': '第十条'}, ('顺延一日', '第二百零三条')]) }}",
                  due=dt.date(2025, 10, 9))
    assert "2025年10月9日" in html
    assert 0 < html.index("验收合格") < html.index("第十条") < html.index("顺延一日") < html.index("第二百零三条")


def test_a_timeline_says_which_event_is_late(render: Render) -> None:
    html = render("{{ ui.timeline([{'title': '交付', 'when': day_, 'state': 'done'},"
                  " {'title': '付款', 'when': day_, 'state': 'late', 'detail': '未付'}]) }}", day_=dt.date(2025, 9, 5))
    [paid] = [part for part in html.split("<li")[1:] if "付款" in part]
    assert "已逾期" in paid
    assert "未付" in paid


def test_a_table_cell_names_its_column_where_the_head_is_out_of_sight(render: Render) -> None:
    html = render("{% call ui.table('付款', ['编号', ('金额', 'num')]) %}<tr>{{ ui.cell('编号', 'A-1', head=True) }}"
                  "{{ ui.cell('金额', ui.amount(100), num=True) }}</tr>{% endcall %}")
    assert "<caption>付款</caption>" in html
    assert attribute("data-label", html) == ["编号", "金额"]
    assert '<th scope="row"' in html


def test_what_speaks_against_a_founder_is_shown_and_kept_apart(render: Render) -> None:
    html = render("{{ ui.reasons(['做过同类项目'], ['档期紧'], ['须驻场']) }}")
    assert html.index("不符合的条件") < html.index("须驻场") < html.index("合适的理由") < html.index("做过同类项目")
    assert html.index("需要留意") < html.index("档期紧")
    assert "不符合的条件" not in render("{{ ui.reasons(['做过同类项目'], [], []) }}")


# Whose turn, until when ---------------------------------------------------------------------------

EVENING = dt.datetime(2025, 9, 5, 15, 59, tzinfo=dt.UTC)  # 23:59 in Beijing on 5 September


@pytest.mark.parametrize(("until", "now", "late", "said"), [
    (dt.date(2025, 9, 5), EVENING, True, "今天到期"),  # due today is not overdue, to the last minute in Beijing
    (dt.date(2025, 9, 5), EVENING + dt.timedelta(minutes=1), True, "已逾期 1 天"),
    (dt.date(2025, 9, 5), EVENING + dt.timedelta(minutes=1), False, "已过 1 天"),
    (dt.date(2025, 9, 6), EVENING, False, "还有 1 天"),
    (dt.date(2025, 9, 8), EVENING, False, "还有 3 天"),
    (dt.date(2025, 6, 7), EVENING, True, "已逾期 90 天"),
    (EVENING + dt.timedelta(hours=5, minutes=59), EVENING, False, "还有 5 小时"),
    (EVENING + dt.timedelta(minutes=3), EVENING, False, "还有 1 小时"),
    (EVENING + dt.timedelta(days=2, hours=1), EVENING, False, "还有 2 天"),
    (EVENING - dt.timedelta(minutes=3), EVENING, False, "刚过期限"),
    (EVENING - dt.timedelta(days=4), EVENING, True, "已逾期 4 天"),
    (None, EVENING, False, ""),
    ("验收后 30 天", EVENING, False, ""),
])
def test_how_long_is_left_counts_days_in_beijing(
        site_app: Flask, until: dt.date | str | None, now: dt.datetime, late: bool, said: str) -> None:
    with site_app.test_request_context("/?lang=zh"):
        assert display.time_left(until, late, now=now) == said


def test_english_counts_one_day_as_one_day(site_app: Flask) -> None:
    with site_app.test_request_context("/?lang=en"):
        assert display.time_left(dt.date(2025, 9, 6), now=EVENING) == "1 day left"
        assert display.time_left(dt.date(2025, 9, 7), now=EVENING) == "2 days left"


def test_the_banner_says_whose_turn_what_and_until_when(render: Render) -> None:
    html = render("{{ ui.turn('临江重工', '验收第二个里程碑', until=day_, mine=True) }}", day_=dt.date(2025, 9, 5))
    assert all(said in html for said in ("临江重工", "您", "验收第二个里程碑", "2025年9月5日"))
    assert "没有期限" in render("{{ ui.turn('临江重工', '验收') }}")


# Scores -------------------------------------------------------------------------------------------

PARTS = st.lists(st.floats(-10, 10, allow_nan=False).map(lambda value: ("因素", value)), max_size=12)


@given(parts=PARTS, digits=st.integers(0, 3))
def test_the_parts_shown_add_up_to_the_score_shown(parts: list[tuple[str, float]], digits: int) -> None:
    bar = display.score_parts(parts, digits)
    shown = [Decimal(part.shown.replace("−", "-")) for part in bar.parts]
    assert sum(shown, Decimal()) == Decimal(bar.total.replace("−", "-"))
    unit = Decimal(1).scaleb(-digits)
    assert abs(sum(value for _, value in parts) - float(bar.total.replace("−", "-"))) <= unit / 2 + Decimal("1e-9")
    values = sorted((value for _, value in parts), key=lambda value: value < 0)
    assert all(abs(Decimal(value) - part) <= unit for value, part in zip(values, shown, strict=True))


@given(parts=PARTS)
def test_the_drawn_bar_stays_within_its_frame(parts: list[tuple[str, float]]) -> None:
    for part in display.score_parts(parts).parts:
        x, width = float(part.x), float(part.width)
        assert x >= 0
        assert width >= 0
        assert x + width <= 100.01


def test_a_negative_part_covers_the_end_of_the_positive_ones(render: Render) -> None:
    bar = display.score_parts([("技能", 0.6), ("档期", -0.2), ("案例", 0.4)])
    assert [(part.label, part.x, part.width) for part in bar.parts] == [
        ("技能", "0.000", "60.000"), ("案例", "60.000", "40.000"), ("档期", "80.000", "20.000")]
    html = render("{{ ui.score_bar([('技能', 0.6), ('档期', -0.2), ('案例', 0.4)]) }}")
    assert "0.80" in html
    assert "−0.20" in html


# The content policy -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(ROOT.glob("marketplace/templates/**/*.html")), ids=lambda path: path.name)
def test_no_template_needs_an_exception_from_the_content_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)\s*=\s*[\"']", text), "inline style or handler: use static/ files"
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), "an asset or page from another host"


def test_every_vendored_library_comes_with_its_licence() -> None:
    folders = [path for path in (ROOT / "marketplace/static/vendor").iterdir() if path.is_dir()]
    assert folders
    assert all(any(path.name.startswith("LICENSE") for path in folder.iterdir()) for folder in folders)


def test_every_demand_status_has_its_own_look_or_word(render: Render) -> None:
    shown = [render("{{ ui.status(status) }}", status=status) for status in DemandStatus]
    assert len(set(shown)) == len(DemandStatus)
