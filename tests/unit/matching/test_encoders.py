"""The embedded encoder, encoders by name, and the vectors kept on disk."""

from __future__ import annotations

import json

import numpy as np
import pytest

from matching.cache import VectorCache
from matching.encode import EMBEDDED, SentenceTransformerEncoder, StaticEncoder, default_encoder
from matching.errors import EncoderUnavailable
from matching.training.pairs import Pair, read_pairs

TEXTS = ["供水管网漏损", "water leakage in pipes", "今天天气不错", ""]


def test_the_embedded_encoder_equals_sentence_transformers_on_the_same_files(encoder):
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(EMBEDDED), device="cpu").encode(TEXTS[:3], normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode_document(TEXTS[:3]), theirs.astype(np.float32), atol=2e-3)


def test_vectors_have_length_one_and_no_text_has_length_zero(encoder):
    lengths = np.linalg.norm(encoder.encode_query(TEXTS), axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 1, 0], atol=1e-5)


def test_the_embedded_encoder_brings_chinese_and_its_english_together(encoder):
    chinese, english, other = encoder.encode_query(["合同审查与风险提示", "contract review", "果树病害识别"])
    assert chinese @ english > chinese @ other + 0.3


def test_one_text_is_encoded_as_in_a_batch(encoder):
    batch = encoder.encode_document(TEXTS)
    for text, row in zip(TEXTS, batch, strict=True):
        np.testing.assert_array_equal(encoder.encode_document([text])[0], row)


def test_the_embedded_default_is_used_where_no_model_is_named():
    assert isinstance(default_encoder({}), StaticEncoder)


def test_a_named_model_is_loaded_and_its_vectors_are_kept(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("MATCHING_CACHE", str(tmp_path / "kept"))
    encoder = default_encoder({"MATCHING_MODEL": str(tiny_model)})
    first = encoder.encode_document(["水管漏", "画报"])
    assert first.shape == (2, 4)
    files = sorted((tmp_path / "kept").rglob("*.npy"))
    assert len(files) == 2
    again = SentenceTransformerEncoder(str(tiny_model), cache=VectorCache(tmp_path / "kept"))
    np.testing.assert_array_equal(again.encode_document(["画报", "水管漏"]), first[::-1])


def test_a_named_model_ranks(tiny_model, tmp_path, monkeypatch, demands, profiles):
    from matching.engine import Engine

    monkeypatch.setenv("MATCHING_CACHE", str(tmp_path))
    monkeypatch.setenv("MATCHING_MODEL", str(tiny_model))
    engine = Engine(profiles.values())
    assert engine.version.startswith("tiny-model-")
    assert len(engine.rank_profiles(demands["need-leak"])) == len(profiles)


def test_demands_are_encoded_as_queries_and_profiles_as_documents(tiny_model, tmp_path):
    settings = tiny_model / "config_sentence_transformers.json"
    stored = json.loads(settings.read_text())
    prompted = tmp_path / "prompted"
    import shutil

    shutil.copytree(tiny_model, prompted)
    stored["prompts"] = {"query": "a", "document": "b"}
    (prompted / settings.name).write_text(json.dumps(stored))
    encoder = SentenceTransformerEncoder(str(prompted), cache=VectorCache(tmp_path / "kept"))
    assert not np.allclose(encoder.encode_query(["水"]), encoder.encode_document(["水"]))


@pytest.mark.parametrize("broken", ["missing folder", "empty folder"])
def test_a_model_that_cannot_be_loaded_is_named(broken, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tmp_path / "model"
    if broken == "empty folder":
        folder.mkdir()
    with pytest.raises(EncoderUnavailable, match="model"):
        default_encoder({"MATCHING_MODEL": str(folder)})
    with pytest.raises(EncoderUnavailable, match="model"):
        StaticEncoder(folder)


def test_a_text_is_encoded_once_and_a_damaged_file_again(tmp_path):
    asked: list[list[str]] = []

    def encode(texts: list[str]) -> np.ndarray:
        asked.append(texts)
        return np.array([[len(text), 1.0] for text in texts])

    cache = VectorCache(tmp_path)
    cache.vectors("m", ["一", "二二", "一"], encode)
    np.testing.assert_array_equal(cache.vectors("m", ["二二", "一"], encode), [[2, 1], [1, 1]])
    assert asked == [["一", "二二"]]
    next(iter(tmp_path.rglob("*.npy"))).write_bytes(b"torn")
    cache.vectors("m", ["一", "二二"], encode)
    assert len(asked[1]) == 1
    cache.vectors("another model", ["一"], encode)
    assert len(asked) == 3


def test_training_brings_a_word_to_the_teacher_s_vector_of_its_translation():
    from matching.training.encoder import Settings, train
    from matching.training.vocabulary import tokenizer, vocabulary

    pairs = [Pair("漏水", "leak"), Pair("海报", "poster"), Pair("漏损", "leak"), Pair("画报", "poster")] * 8
    goal = {"leak": [1.0, 0.0], "poster": [0.0, 1.0]}
    targets = np.array([goal[pair.english] for pair in pairs])
    made = tokenizer(vocabulary((p.text for p in pairs), {p.text for p in pairs}, size=50))
    weights = train(pairs, targets, made, Settings(dimensions=2, epochs=30, batch=8), report=lambda _: None)
    [leak] = made.encode("漏水", add_special_tokens=False).ids
    vector = weights[leak] / np.linalg.norm(weights[leak])
    assert vector @ goal["leak"] > 0.95


def test_pair_files_give_both_sides_plain_or_gzipped(tmp_path):
    import gzip

    row = json.dumps({"zh": "漏損", "en": "Leakage"})
    (tmp_path / "a.jsonl").write_text(row + "\n")
    with gzip.open(tmp_path / "b.jsonl.gz", "wt") as file:
        file.write(row + "\n")
    for name in ("a.jsonl", "b.jsonl.gz"):
        assert [(p.text, p.english) for p in read_pairs([tmp_path / name])] == [
            ("漏损", "Leakage"),
            ("leakage", "Leakage"),
        ]
