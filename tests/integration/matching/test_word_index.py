"""What the lexical index owes its callers."""
from __future__ import annotations

import pytest

from matching.retrieval.records import retrieval_terms
from matching.retrieval.words import WordIndex


def found(index: WordIndex, text: str, **options) -> list[int]:
    return index.search(retrieval_terms(text), 10, **options).keys.tolist()


@pytest.fixture
def index(tmp_path) -> WordIndex:
    return WordIndex(tmp_path / "words")


@pytest.fixture
def filled(index) -> WordIndex:
    texts = {1: "供水管网漏损控制", 2: "老旧档案扫描识别", 3: "果园病虫害识别", 4: "python 数据清洗"}
    index.upsert(list(texts), [" ".join(retrieval_terms(text)) for text in texts.values()])
    return index


def test_words_and_pairs_of_characters_are_found(filled):
    assert found(filled, "管网总是漏损") == [1]
    assert found(filled, "识别") == [2, 3]
    assert found(filled, "会python的人") == [4]


def test_an_empty_index_and_an_unknown_word_find_nothing(index, filled):
    assert found(filled, "量子") == []
    assert found(filled, "") == []


def test_nothing_is_found_in_an_empty_index(index):
    assert found(index, "管网") == []
    assert len(index) == 0


def test_a_changed_text_is_found_by_its_new_words_alone(filled):
    filled.upsert([1], [" ".join(retrieval_terms("桥梁健康监测"))])
    assert found(filled, "管网漏损") == []
    assert found(filled, "桥梁") == [1]
    assert len(filled) == 4


def test_of_a_key_given_twice_the_last_counts(index):
    index.upsert([1, 1], ["桥梁", "隧道"])
    assert found(index, "桥梁") == []
    assert found(index, "隧道") == [1]


def test_what_is_deleted_is_not_found(filled):
    filled.delete([2, 99])
    assert found(filled, "识别") == [3]
    assert len(filled) == 3


def test_only_what_is_allowed_is_found(filled):
    assert found(filled, "识别", allowed=[3, 4]) == [3]
    assert found(filled, "识别", allowed=[]) == []


def test_another_reader_sees_a_change_at_its_next_query(filled, tmp_path):
    reader = WordIndex(tmp_path / "words")
    before = reader.snapshot()
    filled.upsert([5], ["桥梁"])
    assert found(reader, "桥梁") == [5]
    assert reader.snapshot() != before
