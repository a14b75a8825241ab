"""What each part of the ranker is worth: one table, every row fitted and judged on different demands.

    python benchmarks/matching_ablation.py [--demands D --profiles P --qrels Q]

Rows that need weights are cross-validated over demands (five folds). "better" and "worse" give a
paired bootstrap over demands (2,000 draws) of the nDCG@10 difference to the full ranker, 95 %.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from matching import train  # noqa: E402
from matching.compare import paired_interval  # noqa: E402
from matching.encode import default_encoder  # noqa: E402
from matching.engine import Engine  # noqa: E402
from matching.features import NAMES  # noqa: E402
from matching.records import read_demands, read_profiles  # noqa: E402
from matching.trec import VETOED_OFFSET, evaluate, ndcg_by_topic, read_qrels  # noqa: E402

MARKET = ROOT / "seed_data" / "market"
ALONE = {
    "BM25 over characters, bigrams and words": "lexical",
    "encoder, piece by piece": "coverage",
    "encoder, word by word": "words",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--demands", type=Path, default=MARKET / "demands.jsonl")
    parser.add_argument("--profiles", type=Path, default=MARKET / "profiles.jsonl")
    parser.add_argument("--qrels", type=Path, default=ROOT / "tests" / "data" / "matchset_qrels.tsv")
    options = parser.parse_args()
    demands, profiles = read_demands(options.demands), read_profiles(options.profiles)
    qrels = read_qrels(options.qrels)
    encoder = default_encoder()
    data = train.examples(demands, profiles, qrels, encoder)
    vetoed = _vetoed(Engine(profiles, encoder=encoder), demands, profiles)

    table = {name: data.features[:, :, NAMES.index(column)] for name, column in ALONE.items()}
    table["all features, no vetoes"] = train.cross_validated(data)
    full = table["all features and vetoes"] = table["all features, no vetoes"] - VETOED_OFFSET * vetoed
    for column in NAMES:
        kept = data.features.copy()
        kept[:, :, NAMES.index(column)] = 0.0
        table[f"full without {column}"] = (
            train.cross_validated(replace(data, features=kept)) - VETOED_OFFSET * vetoed
        )

    ids = sorted(profile.id for profile in profiles)
    best = _per_demand(full, demands, ids, qrels)
    print(f"{encoder.version}: {len(demands)} demands, {len(profiles)} profiles")
    print("| ranker | nDCG@10 | difference to full, 95 % | R(rel=2)@10 | Success(rel=3)@1 | trap |")
    print("|---|---|---|---|---|---|")
    for name, scores in table.items():
        found = evaluate(_run(scores, demands, ids), qrels)
        low, high = paired_interval(_per_demand(scores, demands, ids, qrels) - best)
        print(
            f"| {name} | {found['nDCG@10']:.3f} | {low:+.3f} to {high:+.3f} | {found['R(rel=2)@10']:.3f} "
            f"| {found['Success(rel=3)@1']:.2f} | {found['trap']:.2f} |"
        )


def _vetoed(engine: Engine, demands, profiles) -> np.ndarray:
    """(demands, profiles by id) 1.0 where a hard requirement is broken."""
    rows = []
    for demand in demands:
        found = engine.rank_profiles(demand, include_vetoed=True, explained=False)
        broken = {match.profile_id for match in found if not match.eligible}
        rows.append([float(profile_id in broken) for profile_id in sorted(p.id for p in profiles)])
    return np.array(rows)


def _run(scores: np.ndarray, demands, ids: list[str]) -> dict[str, dict[str, float]]:
    return {
        demand.id: dict(zip(ids, map(float, row), strict=True)) for demand, row in zip(demands, scores, strict=True)
    }


def _per_demand(scores: np.ndarray, demands, ids: list[str], qrels) -> np.ndarray:
    found = ndcg_by_topic(_run(scores, demands, ids), qrels)
    return np.array([found[topic] for topic in sorted(qrels)])


if __name__ == "__main__":
    main()
