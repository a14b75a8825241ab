"""The table of named rankers, and whether a score means what it says."""

from __future__ import annotations

import numpy as np
import pytest

from matching import compare, reliability, train
from matching.commands import main
from matching.encode import embedded
from matching.records import read_demands, read_profiles
from matching.trec import read_pairs, read_qrels
from tests.unit.matching.test_quality import MARKET, MARKET_QRELS, ROOT

EXCLUDED = ROOT / "tests" / "data" / "matchset_excluded.tsv"
GRADES = {"d": {"good": 3, "near": 2, "bad": 0}, "e": {"good": 3, "bad": 0}}


def judged_market() -> train.Examples:
    demands, profiles = read_demands(MARKET / "demands.jsonl"), read_profiles(MARKET / "profiles.jsonl")
    return train.examples(demands, profiles, read_qrels(MARKET_QRELS), embedded())


def test_the_command_prints_every_ranker_with_its_interval(capsys):
    assert main(["compare", "--demands", str(MARKET / "demands.jsonl"), "--profiles", str(MARKET / "profiles.jsonl"),
                 "--qrels", str(MARKET_QRELS), "--excluded", str(EXCLUDED)]) == 0  # fmt: skip
    rows = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    table = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows[2:]}
    assert list(table) == ["BM25", "TF-IDF", "dense", "fused (RRF of BM25 and dense)",
                           "ranked, cross-validated", "ranked, weights in use"]  # fmt: skip
    ranked = table["ranked, cross-validated"]
    assert float(ranked[0]) >= 0.92
    assert ranked[1] == "reference"
    for name in ("BM25", "TF-IDF", "dense", "fused (RRF of BM25 and dense)"):
        low, high = map(float, table[name][1].split(" to "))
        assert low <= high < 0, f"{name} is worse, and the interval says so"
        assert float(table[name][-1]) < float(ranked[-1]), "vetoes keep the excluded below"


def test_a_run_like_the_reference_differs_by_nothing():
    run = {"d": {"good": 2.0, "near": 1.0, "bad": 0.0}, "e": {"good": 1.0, "bad": 0.0}}
    text = compare.table({compare.SHIPPED: run, "twin": run}, GRADES)
    assert "| twin | 1.000 | +0.000 to +0.000 |" in text


def test_intervals_are_the_same_each_time_and_hold_the_mean():
    differences = np.array([0.1, -0.3, 0.2, 0.0, 0.05])
    low, high = compare.paired_interval(differences)
    assert (low, high) == compare.paired_interval(differences)
    assert low < differences.mean() < high


def test_hard_is_the_share_of_excluded_pairs_below_the_best_founder():
    run = {"d": {"good": 2.0, "near": 1.0, "bad": 3.0}, "e": {"good": 1.0, "bad": 0.0}}
    assert compare.hard(run, GRADES, [("d", "bad"), ("e", "bad")]) == 0.5
    assert compare.hard(run, GRADES, []) is None


def test_a_line_of_pairs_without_a_profile_is_named(tmp_path):
    (tmp_path / "x.tsv").write_text("d1 p1 why\nd2\n")
    with pytest.raises(Exception, match=r"x\.tsv:2"):
        read_pairs(tmp_path / "x.tsv")


def test_scores_compare_across_demands_and_across_profiles():
    """A founder's best demand is found by score alone: pooling all pairs orders them as well as one demand's do."""
    data = judged_market()
    found = reliability.measure(train.train(data).held_out, data.target)
    assert found.pooled > 0.98
    assert abs(found.pooled - found.per_demand) < 0.01
    assert abs(found.pooled - found.per_profile) < 0.01
    assert found.error < 0.01


def test_scores_on_a_scale_of_their_own_for_each_demand_are_caught():
    data = judged_market()
    held = train.train(data).held_out
    shifted = held + np.random.default_rng(1).normal(scale=6, size=(len(held), 1))
    found = reliability.measure(shifted, data.target)
    assert found.per_demand - found.pooled > 0.02


def test_the_figure_is_drawn_and_the_table_printed(tmp_path, capsys):
    import xml.etree.ElementTree as xml

    out = tmp_path / "reliability.svg"
    assert main(["reliability", "--demands", str(MARKET / "demands.jsonl"), "--profiles",
                 str(MARKET / "profiles.jsonl"), "--qrels", str(MARKET_QRELS), "--figure", str(out)]) == 0  # fmt: skip
    bins = capsys.readouterr().out.count("\n|") - 1
    circles = xml.fromstring(out.read_text()).findall("{http://www.w3.org/2000/svg}circle")  # noqa: S314 - our own
    assert len(circles) == bins
