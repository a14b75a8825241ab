"""The engine as shipped must not get worse on judged sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching import compare
from matching.commands import main
from matching.encode import embedded
from matching.engine import Engine
from matching.records import read_demands, read_profiles
from matching.trec import evaluate, read_qrels, read_run

ROOT = Path(__file__).parents[3]
MARKET = ROOT / "seed_data" / "market"
MARKET_QRELS = ROOT / "tests" / "data" / "matchset_qrels.tsv"
HELD_OUT = ROOT / "benchmarks" / "matching_heldout"
HELD_OUT_QRELS = HELD_OUT / "qrels.tsv"
BLIND = ROOT / "benchmarks" / "matching_blind"
ENGLISH = ROOT / "tests" / "data" / "english"


def metrics_of(folder: Path, qrels: Path, out: Path) -> dict[str, float | int]:
    demands, profiles = str(folder / "demands.jsonl"), str(folder / "profiles.jsonl")
    assert main(["rank", "--demands", demands, "--profiles", profiles, "--out", str(out), "--depth", "all"]) == 0
    return evaluate(read_run(out), read_qrels(qrels))


def test_the_market_the_weights_were_fitted_on(tmp_path):
    metrics = metrics_of(MARKET, MARKET_QRELS, tmp_path / "run.trec")
    assert metrics["nDCG@10"] >= 0.90
    assert metrics["Success(rel=3)@1"] >= 0.80
    assert metrics["trap"] <= 0.08


def test_a_market_it_has_not_seen(tmp_path):
    metrics = metrics_of(HELD_OUT, HELD_OUT_QRELS, tmp_path / "run.trec")
    assert metrics["nDCG@10"] >= 0.92
    assert metrics["Success(rel=3)@1"] >= 0.85
    assert metrics["trap"] <= 0.08


def test_a_market_written_after_the_engine_was_finished(tmp_path):
    metrics = metrics_of(BLIND, BLIND / "qrels.tsv", tmp_path / "run.trec")
    assert metrics["nDCG@10"] >= 0.92
    assert metrics["Success(rel=3)@1"] >= 0.80
    assert metrics["trap"] <= 0.08


def test_english_demands_find_english_founders_and_better_than_words_alone(tmp_path):
    qrels = ENGLISH / "qrels.tsv"
    metrics = metrics_of(ENGLISH, qrels, tmp_path / "run.trec")
    assert metrics["nDCG@10"] >= 0.92
    assert metrics["trap"] == 0
    demands, profiles = read_demands(ENGLISH / "demands.jsonl"), read_profiles(ENGLISH / "profiles.jsonl")
    grades = read_qrels(qrels)
    words = evaluate(compare.runs(demands, profiles, grades, embedded())["BM25"], grades)
    assert metrics["nDCG@10"] > words["nDCG@10"] + 0.05


@pytest.mark.parametrize(
    ("folder", "qrels"),
    [(MARKET, MARKET_QRELS), (HELD_OUT, HELD_OUT_QRELS), (BLIND, BLIND / "qrels.tsv")],
    ids=["market", "held out", "blind"],
)
def test_no_founder_who_could_do_the_work_is_vetoed(folder, qrels):
    engine = Engine(read_profiles(folder / "profiles.jsonl"))
    grades = read_qrels(qrels)
    wrong = [
        (demand.id, match.profile_id, [veto.code for veto in match.vetoes])
        for demand in read_demands(folder / "demands.jsonl")
        for match in engine.rank_profiles(demand, include_vetoed=True, explained=False)
        if match.vetoes and grades[demand.id].get(match.profile_id, 0) >= 2
    ]
    assert wrong == []
