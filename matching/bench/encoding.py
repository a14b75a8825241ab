"""How fast texts become vectors: the embedded encoder next to scikit-learn's TfidfVectorizer in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from matching.bench.market import Market
from matching.encode import embedded
from matching.text import words
from matching.views import view_profile

if TYPE_CHECKING:
    from matching.bench.run import Plan

ROUNDS = 3
ANALYZERS: dict[str, dict[str, object]] = {
    "characters 1-2": {"analyzer": "char", "ngram_range": (1, 2)},
    "jieba's words": {"analyzer": words},
    "default (a clause is one word)": {},
}


def measure(plan: Plan, report: Callable[[str], None]) -> None:
    """Prints texts per second, the best of some rounds, of the encoder and of TfidfVectorizer: over characters and over
    words, as a Chinese text needs it, and as it comes, where everything between two commas is one word."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    market = Market(plan.clusters, seed=plan.seed)
    texts = [view_profile(profile).positive for profile in market.profiles(0, plan.profiles)]
    encoder = embedded()
    ways: dict[str, Callable[[], object]] = {"embedded encoder": lambda: encoder.encode_document(texts)}
    for name, options in ANALYZERS.items():
        fitted = TfidfVectorizer(**options).fit(texts)
        ways[f"TfidfVectorizer {name}, transform"] = lambda fitted=fitted: fitted.transform(texts)
        ways[f"TfidfVectorizer {name}, fit_transform"] = lambda o=options: TfidfVectorizer(**o).fit_transform(texts)
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, run in ways.items():
            begun = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - begun)
    characters = sum(map(len, texts)) / len(texts)
    report(f"{len(texts):,} profiles of {characters:.0f} characters")
    report("| texts per second | | the encoder against it |")
    report("|---|---|---|")
    for name, seconds in best.items():
        report(f"| {name} | {len(texts) / seconds:,.0f} | {seconds / best['embedded encoder']:.2f} |")
