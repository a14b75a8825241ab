"""The bench measures what the engine really does, at any size."""
from __future__ import annotations

import re

import numpy as np
import pytest

from matching.bench import exact
from matching.bench.market import Market
from matching.commands import main
from matching.encode import embedded
from matching.retrieval.records import cut, make_record


def test_a_made_up_profile_is_stored_as_a_real_one_would_be():
    market = Market(5)
    for profile, record in zip(market.profiles(0, 200), market.records(0, 200), strict=True):
        real = make_record(profile, embedded())
        assert cut(record.blob)[2][:8] == cut(real.blob)[2][:8]
        assert (record.key, sorted(record.terms.split())) == (real.key, sorted(real.terms.split()))
        assert record.vector == pytest.approx(real.vector, abs=1e-6)


def test_the_same_seed_gives_the_same_market_wherever_one_begins_to_read():
    assert list(Market(5).profiles(150, 160)) == list(Market(5).profiles(0, 160))[150:]
    assert Market(5).demands(4) == Market(5).demands(6)[:4]


def test_recall_counts_places_filled_as_well_as_by_exact_search(tmp_path):
    held = exact.Exact(tmp_path, 2)
    held.empty()
    held.add(np.array([10, 20, 30]), np.array([[1.0, 0.0], [0.8, 0.6], [0.8, 0.6]], dtype=np.float32))
    query = np.array([[1.0, 0.0]], dtype=np.float32)
    assert held.recall(query, np.array([[10, 30]])) == 1.0  # 20 and 30 are equally near
    assert held.recall(query, np.array([[30, 20]])) == 0.5
    assert held.recall(query, np.array([[10, -1]])) == 0.5


@pytest.mark.parametrize("kind", [[], ["--dense-only"]], ids=["whole pipeline", "dense only"])
def test_it_prints_times_recall_and_baselines(kind, tmp_path, capsys):
    assert main(["bench", "--profiles", "300", "--queries", "10", "--dir", str(tmp_path), *kind]) == 0
    said = capsys.readouterr().out
    for row in ("dense", "exact numpy float32", "sentence-transformers semantic_search"):
        assert re.search(rf"^\| {row} \|( [\d.]+ \|){{4}}$", said, re.MULTILINE), row
    recall = float(re.search(r"recall@50 against exact search: ([\d.]+)", said)[1])
    assert recall > 0.95
    if not kind:
        assert "a profile removed: seen by another reader's query after" in said
        assert re.search(r"^\| full pipeline, 50 explained \|", said, re.MULTILINE)
