"""Named rankers over one judged set, in one table, with how sure their differences are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from matching import train
from matching.encode import Encoder, dots
from matching.engine import Engine
from matching.lexical import Bm25
from matching.rerank import OFF, demand_text, profile_text
from matching.text import normalise, terms
from matching.trec import VETOED_OFFSET, Grades, evaluate, ndcg_by_topic
from matching.types import Demand, Profile

Run = dict[str, dict[str, float]]
DRAWS = 2000
RRF = 60
"""Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""
CROSS_VALIDATED = "ranked, cross-validated"
SHIPPED = "ranked, weights in use"
RERANKED = "ranked and reranked"


def runs(
    demands: Sequence[Demand], profiles: Sequence[Profile], grades: Grades, encoder: Encoder
) -> dict[str, Run]:
    """A run of each ranker, by its name: BM25, TF-IDF, dense, fused, ranked (twice), reranked where one is set.

    The first four read the whole texts and know no vetoes. The cross-validated ranking scores each demand
    by weights fitted without it; it is left out where fewer than two demands are judged.
    """
    profiles = sorted(profiles, key=lambda profile: profile.id)
    ids = [profile.id for profile in profiles]
    asked = [normalise(demand_text(demand)) for demand in demands]
    held = [normalise(profile_text(profile)) for profile in profiles]
    bm25 = Bm25(held)
    lexical = np.stack([bm25.scores(text, bm25.rows) for text in asked])
    dense = dots(encoder.encode_query(asked), encoder.encode_document(held))
    found = {
        "BM25": _run(lexical, demands, ids),
        "TF-IDF": _run(_tf_idf(asked, held), demands, ids),
        "dense": _run(dense, demands, ids),
        "fused (RRF of BM25 and dense)": _run(_reciprocal(lexical) + _reciprocal(dense), demands, ids),
    }
    plain = Engine(profiles, encoder=encoder, reranker=OFF)
    if len(demands) > 1:
        data = train.examples(demands, profiles, grades, encoder)
        found[CROSS_VALIDATED] = _run(train.cross_validated(data), demands, ids, vetoed=_vetoed(plain, demands))
    found[SHIPPED] = ranked(plain, demands)
    reading = Engine(profiles, encoder=encoder)
    if reading.reranks:
        found[RERANKED] = ranked(reading, demands)
    return found


def ranked(engine: Engine, demands: Sequence[Demand]) -> Run:
    """The engine's own ranking of every profile, the vetoed after all others."""
    return {
        demand.id: {
            match.profile_id: match.score - (0.0 if match.eligible else VETOED_OFFSET)
            for match in engine.rank_profiles(demand, include_vetoed=True, explained=False)
        }
        for demand in demands
    }


def table(found: Mapping[str, Run], grades: Grades, excluded: Collection[tuple[str, str]] = ()) -> str:
    """Markdown. Difference: nDCG@10 less that of the reference, 95 % by paired bootstrap over demands.

    excluded: (demand id, profile id) pairs that a stated hard condition rules out; "hard" is the share of
    them that stand below the demand's best grade 3, "–" where none are given.
    """
    reference = CROSS_VALIDATED if CROSS_VALIDATED in found else SHIPPED
    topics = sorted(grades)
    base = ndcg_by_topic(found[reference], grades)
    lines = [
        f"| ranker | nDCG@10 | less {reference}, 95 % | R(rel=2)@10 | RR(rel=3) | Success(rel=3)@1 | trap | hard |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, run in found.items():
        metrics, own = evaluate(run, grades), ndcg_by_topic(run, grades)
        low, high = paired_interval(np.array([own[topic] - base[topic] for topic in topics]))
        difference = "reference" if name == reference else f"{low:+.3f} to {high:+.3f}"
        kept = hard(run, grades, excluded)
        lines.append(
            f"| {name} | {metrics['nDCG@10']:.3f} | {difference} | {metrics['R(rel=2)@10']:.3f} "
            f"| {metrics['RR(rel=3)']:.3f} | {metrics['Success(rel=3)@1']:.2f} | {metrics['trap']:.2f} "
            f"| {'–' if kept is None else f'{kept:.2f}'} |"
        )
    return "\n".join(lines)


def hard(run: Run, grades: Grades, excluded: Collection[tuple[str, str]]) -> float | None:
    """The share of excluded pairs that stand below the best grade 3 of their demand; None without pairs."""
    held = []
    for topic, document in excluded:
        scores = run.get(topic, {})
        best = [scores[d] for d, grade in grades.get(topic, {}).items() if grade == 3 and d in scores]
        if best:
            held.append(scores.get(document, -np.inf) < max(best))
    return sum(held) / len(held) if held else None


def paired_interval(differences: np.ndarray, *, draws: int = DRAWS, seed: int = 1) -> tuple[float, float]:
    """95 % interval of the mean of (n,) paired differences, by drawing demands with replacement."""
    rng = np.random.default_rng(seed)
    means = rng.choice(differences, size=(draws, len(differences))).mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def _vetoed(engine: Engine, demands: Sequence[Demand]) -> dict[str, set[str]]:
    return {
        demand.id: {
            match.profile_id
            for match in engine.rank_profiles(demand, include_vetoed=True, explained=False)
            if not match.eligible
        }
        for demand in demands
    }


def _run(
    scores: np.ndarray, demands: Sequence[Demand], ids: Sequence[str], *, vetoed: Mapping[str, set[str]] | None = None
) -> Run:
    found = {
        demand.id: dict(zip(ids, map(float, row), strict=True)) for demand, row in zip(demands, scores, strict=True)
    }
    for topic, broken in (vetoed or {}).items():
        for document in broken:
            found[topic][document] -= VETOED_OFFSET
    return found


def _tf_idf(asked: Sequence[str], held: Sequence[str]) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    rows = vectorizer.fit_transform(held)
    return np.asarray((vectorizer.transform(asked) @ rows.T).todense())


def _reciprocal(scores: np.ndarray) -> np.ndarray:
    """1 / (60 + rank) of each column within its row."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None], axis=1)
    return 1.0 / (RRF + ranks)
