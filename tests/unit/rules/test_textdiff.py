"""A visible change between two texts: nothing is lost, and what stayed is shown as having stayed."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.textdiff import ADDED, REMOVED, SAME, Piece, pieces

TEXT = st.text(alphabet="检出率不低于 90%\nabc", max_size=40)


@given(TEXT, TEXT)
def test_both_texts_can_be_read_back_from_the_pieces(old: str, new: str) -> None:
    found = pieces(old, new)
    assert "".join(one.text for one in found if one.kind != ADDED) == old
    assert "".join(one.text for one in found if one.kind != REMOVED) == new


def test_a_changed_figure_stands_alone_between_what_stayed() -> None:
    assert pieces("检出率不低于 90%。", "检出率不低于 95%。") == [
        Piece(SAME, "检出率不低于 "), Piece(REMOVED, "90%"), Piece(ADDED, "95%"), Piece(SAME, "。")]


@pytest.mark.parametrize(("old", "new", "kinds"), [
    ("", "新增", [ADDED]), ("删去", "", [REMOVED]), ("一样", "一样", [SAME]), ("", "", [])])
def test_whole_texts_that_come_go_or_stay(old: str, new: str, kinds: list[str]) -> None:
    assert [one.kind for one in pieces(old, new)] == kinds


def test_a_very_long_text_is_compared_line_by_line() -> None:
    old = "\n".join(f"第{number}行" for number in range(4000))
    found = pieces(old, old.replace("第7行", "第七行", 1))
    assert [one.text for one in found if one.kind != SAME] == ["第7行\n", "第七行\n"]
