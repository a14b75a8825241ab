"""`python -m matching train-encoder`: from pair files and a teacher to an encoder that ranks."""

from __future__ import annotations

import json

import numpy as np
import pytest

from matching.commands import main
from matching.encode import StaticEncoder
from matching.text import lexicon_lines
from matching.training.distil import quiet_common_words


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """An English sentence model made here: every word a random direction of its own."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    from matching.training.encoder import save

    glosses = " ".join(fields[1] for fields in lexicon_lines("domain_terms.tsv")).lower().replace(",", " ")
    words = ["[UNK]", *sorted({*glosses.split(), "leak", "drawing"})]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = tmp_path_factory.mktemp("teacher") / "tiny-teacher"
    save(np.random.default_rng(2).normal(size=(len(words), 32)).astype(np.float32), tokenizer, folder)
    return folder


def test_pairs_and_a_teacher_make_an_encoder(teacher, tmp_path):
    pairs = tmp_path / "pairs.jsonl"
    rows = [{"zh": "渗漏", "en": "leak"}, {"zh": "图画", "en": "drawing"}] * 20
    pairs.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    out = tmp_path / "made"
    code = main(["train-encoder", "--pairs", str(pairs), "--out", str(out), "--teacher", str(teacher),
                 "--keep", str(tmp_path / "vectors"), "--epochs", "4", "--dimensions", "16"])  # fmt: skip
    assert code == 0
    leak, english, drawing = StaticEncoder(out).encode_query(["渗漏", "leak", "图画"])
    assert leak.shape == (16,)
    assert leak @ english > leak @ drawing + 0.2
    assert (tmp_path / "vectors.npy").exists()


def test_common_words_weigh_less_than_telling_ones():
    tokens = {"的": 0, "漏损": 1, "unseen": 2, "the": 3, "leakage": 4}
    scaled = quiet_common_words(np.ones((5, 2), dtype=np.float32), tokens, {"the": 90_000, "leakage": 3})[:, 0]
    assert scaled[0] < 0.2 < 0.9 < scaled[1]
    assert scaled[3] < 0.1 < 0.9 < scaled[4]
    assert scaled[2] == 1.0


def test_pair_files_that_cannot_be_read_are_named(tmp_path, capsys):
    bad = tmp_path / "pairs.jsonl"
    bad.write_text('{"zh": "渗漏", "en": "leak"}\n{"zh": "没有英文"}\n', encoding="utf-8")
    assert main(["train-encoder", "--pairs", str(bad), "--out", str(tmp_path / "made")]) == 2
    assert "pairs.jsonl:2:" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()
