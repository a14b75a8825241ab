"""The engine as shipped must not get worse on judged sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching.commands import main
from matching.engine import Engine
from matching.records import read_demands, read_profiles
from matching.trec import evaluate, read_qrels, read_run

ROOT = Path(__file__).parents[3]
MARKET = ROOT / "seed_data" / "market"
MARKET_QRELS = ROOT / "tests" / "data" / "matchset_qrels.tsv"
HELD_OUT = ROOT / "benchmarks" / "matching_heldout"
HELD_OUT_QRELS = HELD_OUT / "qrels.tsv"


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


@pytest.mark.parametrize(
    ("folder", "qrels"), [(MARKET, MARKET_QRELS), (HELD_OUT, HELD_OUT_QRELS)], ids=["market", "held out"]
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
