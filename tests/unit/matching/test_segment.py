"""The segmenter cuts a batch exactly as the tokenizer cuts each text."""
from __future__ import annotations

import numpy as np
import pytest

from matching import encode
from matching.segment import Segmenter
from matching.text import lexicon_lines

ODD = ["", "，", "漏", "𠮷野家门店", "ＤＭＡ分区，Ｐｙｔｈｏｎ", "a\0b", "水管漏得厉害 x1y2 管网", "㐀㐁鿿", "é ï 管",
       "a" * 300, "管" * 300]


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter(encode.EMBEDDED / "tokenizer.json")


@pytest.fixture(scope="module")
def texts(profiles, demands) -> list[str]:
    lines = [" ".join(fields) for fields in lexicon_lines("domain_terms.tsv")]
    said = [profile.bio for profile in profiles.values()] + [demand.description for demand in demands.values()]
    return [*ODD, *said, *lines, "".join(lines)]


def test_it_finds_the_tokenizers_tokens_in_the_tokenizers_order(segmenter, encoder, texts):
    tokens, owner = segmenter(texts)
    unknown = 0
    for number, text in enumerate(texts):
        expected = [token for token in encoder.tokens(text) if token != unknown]
        assert tokens[owner == number].tolist() == expected, text[:40]


def test_an_empty_batch_has_no_tokens(segmenter):
    tokens, owner = segmenter([])
    assert len(tokens) == len(owner) == 0
    assert len(segmenter(["", "。"])[0]) == 0


def test_a_text_gets_the_same_vector_alone_and_in_a_large_batch(encoder, texts, monkeypatch):
    alone = np.vstack([encoder.encode_document([text]) for text in texts])
    monkeypatch.setattr(encode, "WORTH_A_SEGMENTER", 1)
    assert (encoder.encode_document(texts) == alone).all()


def test_another_kind_of_tokenizer_is_refused(tmp_path):
    other = tmp_path / "tokenizer.json"
    other.write_text('{"model": {"type": "WordPiece"}, "pre_tokenizer": {"type": "Whitespace"}}')
    with pytest.raises((ValueError, KeyError)):
        Segmenter(other)
