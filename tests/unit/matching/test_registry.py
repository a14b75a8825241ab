"""Ranker files, and the gate that keeps a worse one out."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from matching import registry, train
from matching.commands import main
from matching.engine import RANKER, Weights
from matching.records import read_demands, read_profiles
from matching.trec import read_qrels
from tests.unit.matching.test_quality import HELD_OUT, HELD_OUT_QRELS, MARKET, MARKET_QRELS

HELD = ["--held", str(HELD_OUT / "demands.jsonl"), str(HELD_OUT / "profiles.jsonl"), str(HELD_OUT_QRELS)]


@pytest.fixture
def in_use(tmp_path):
    path = tmp_path / "ranker.json"
    shutil.copy(RANKER, path)
    return path


def candidate(tmp_path, **changes):
    stored = json.loads(RANKER.read_text()) | changes
    path = tmp_path / "candidate.json"
    path.write_text(json.dumps(stored))
    return path


def promote(path, in_use, *more):
    return main(["promote", "--candidate", str(path), *HELD, "--to", str(in_use), *more])


def test_the_shipped_file_says_where_it_comes_from(encoder):
    stored = json.loads(RANKER.read_text())
    demands, profiles = read_demands(MARKET / "demands.jsonl"), read_profiles(MARKET / "profiles.jsonl")
    data = train.examples(demands, profiles, read_qrels(MARKET_QRELS), encoder)
    assert stored["data"] == data.digest
    assert stored["encoder"] == encoder.version
    assert stored["features"] == registry.feature_table()
    assert stored["trained_on"] == "2026-11-21"
    assert len(stored["parent"]) == 8
    assert stored["cross_validated"]["topics"] == 50


def test_a_ranker_no_worse_takes_over_and_the_old_one_is_kept(tmp_path, in_use, capsys):
    old = Weights.load(in_use)
    better = candidate(tmp_path, parent=old.digest)
    assert promote(better, in_use) == 0
    assert in_use.read_bytes() == better.read_bytes()
    assert Weights.load(tmp_path / f"ranker-{old.digest}.json") == old
    said = capsys.readouterr().out
    assert "accepted" in said
    assert "stability of score" in said


def test_a_ranker_that_is_worse_is_refused_with_its_figures(tmp_path, in_use, capsys):
    before = in_use.read_bytes()
    weights = dict.fromkeys(json.loads(RANKER.read_text())["weights"], 0.0) | {"lexical": 1.0}
    assert promote(candidate(tmp_path, weights=weights), in_use) == 1
    said = capsys.readouterr().out
    assert "refused: mean nDCG@10 is" in said
    assert "refused: trap rises" in said
    assert in_use.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"features": "other"}, "another table of features"),
        ({"encoder": "other"}, "fitted with the encoder other"),
    ],
)
def test_a_ranker_made_for_something_else_is_refused(tmp_path, in_use, capsys, change, why):
    assert promote(candidate(tmp_path, **change), in_use) == 1
    assert why in capsys.readouterr().out


def test_a_ranker_may_not_be_judged_on_what_it_was_fitted_on(tmp_path, in_use, capsys):
    held = ["--held", str(MARKET / "demands.jsonl"), str(MARKET / "profiles.jsonl"), str(MARKET_QRELS)]
    assert main(["promote", "--candidate", str(candidate(tmp_path)), *held, "--to", str(in_use)]) == 1
    assert "the held set is the set it was fitted on" in capsys.readouterr().out


def test_a_loss_is_refused_or_let_through_by_the_margin_asked_for(tmp_path, in_use, capsys):
    worse = candidate(tmp_path, weights=json.loads(RANKER.read_text())["weights"] | {"industry": 1.0})
    assert promote(worse, in_use, "--margin", "0") == 1
    assert "refused: mean nDCG@10 is" in capsys.readouterr().out
    assert promote(worse, in_use, "--margin", "0.01") == 0


def test_a_candidate_that_is_none_is_named(tmp_path, in_use, capsys):
    assert promote(tmp_path / "missing.json", in_use) == 2
    assert "missing.json" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\xb0\xb0", b"[1]", b"{}"])
def test_a_candidate_that_cannot_be_read_is_named_and_changes_nothing(tmp_path, in_use, capsys, content):
    broken, before = tmp_path / "broken.json", in_use.read_bytes()
    broken.write_bytes(content)
    assert promote(broken, in_use) == 2
    assert capsys.readouterr().err.startswith(f"{broken}:0: is no ranker file")
    assert in_use.read_bytes() == before


def test_the_same_population_is_stable_and_another_is_not():
    rng = np.random.default_rng(1)
    features, scores = rng.normal(size=(5000, 5)), rng.normal(size=5000)
    stored = registry.distribution(features, scores)
    again = registry.drift(stored, rng.normal(size=(5000, 5)), rng.normal(size=5000))
    assert max(again.values()) < 0.02
    moved = registry.drift(stored, rng.normal(size=(5000, 5)), rng.normal(loc=1.0, size=5000))
    assert moved["score"] > registry.SHIFTED
    assert moved["words"] < 0.02


def test_a_feature_that_is_mostly_nought_is_compared_too():
    rare = (np.arange(1000) % 50 == 0).astype(float)
    features = np.tile(rare[:, None], (1, 5))
    stored = registry.distribution(features, rare)
    assert registry.drift(stored, features, rare)["industry"] == pytest.approx(0)
    common = 1 - features
    assert registry.drift(stored, common, rare)["industry"] > 1
