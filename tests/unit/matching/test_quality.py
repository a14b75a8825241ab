"""The engine as shipped must not get worse on the judged set of the demo market."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching.commands import main
from matching.engine import Engine
from matching.records import read_demands, read_profiles
from matching.trec import evaluate, read_qrels, read_run

ROOT = Path(__file__).parents[3]
MARKET = ROOT / "seed_data" / "market"
QRELS = ROOT / "tests" / "data" / "matchset_qrels.tsv"

pytestmark = pytest.mark.skipif(not (QRELS.exists() and MARKET.exists()), reason="the judged set is not here")


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "run.trec"
    assert main(["rank", "--demands", str(MARKET / "demands.jsonl"), "--profiles", str(MARKET / "profiles.jsonl"),
                 "--out", str(out), "--depth", "all"]) == 0  # fmt: skip
    return evaluate(read_run(out), read_qrels(QRELS))


def test_well_above_bm25_over_characters(metrics):
    assert metrics["nDCG@10"] >= 0.83 + 0.03


def test_the_first_result_is_mostly_the_right_one(metrics):
    assert metrics["Success(rel=3)@1"] >= 0.8
    assert metrics["trap"] <= 0.08


def test_hardly_any_founder_who_could_do_it_is_vetoed():
    engine = Engine(read_profiles(MARKET / "profiles.jsonl"))
    grades = read_qrels(QRELS)
    wrong = [
        (demand.id, match.profile_id, [veto.code for veto in match.vetoes])
        for demand in read_demands(MARKET / "demands.jsonl")
        for match in engine.rank_profiles(demand, include_vetoed=True, explained=False)
        if match.vetoes and grades.get(demand.id, {}).get(match.profile_id, 0) >= 2
    ]
    assert wrong == []
