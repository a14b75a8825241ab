"""python -m matching bench: builds, asks, and prints its figures next to named baselines of the same run."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import numpy as np

from matching.bench.exact import Exact, numpy_search, semantic_search
from matching.bench.market import CLUSTERS, SEED, Market
from matching.bench.measure import Memory, Times, size_of, timed
from matching.encode import embedded, unit
from matching.national import NationalEngine
from matching.rerank import OFF
from matching.retrieval.flat import FlatIndex
from matching.retrieval.protocol import as_keys
from matching.retrieval.records import phrase, retrieval_terms
from matching.types import Demand

CHUNK = 400_000
K = 50
WARMING = 20
BASELINE_QUERIES = 20
CHANGES = 5
DENSE_DIMENSIONS, DENSE_CLUSTERS, SPREAD = 256, 20_000, 0.055
"""Of --dense-only: noise of SPREAD in each dimension puts profiles of one cluster at a cosine of about 0.56."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. folder: where to build (kept), a temporary one when None; reuse: ask what was built there."""

    profiles: int
    queries: int = 200
    folder: Path | None = None
    reuse: bool = False
    clusters: int = CLUSTERS
    seed: int = SEED


def full(plan: Plan, report: Report) -> None:
    """The whole pipeline over profiles with texts."""
    with _folder(plan) as folder, Memory() as memory:
        engine = NationalEngine(folder / "store", reranker=OFF)
        exact = Exact(folder, embedded().dimensions)
        if not plan.reuse:
            report(f"profiles {plan.profiles:,}, texts and vectors from {plan.clusters:,} clusters, {_machine()}")
            exact.empty()
            _build(Market(plan.clusters, seed=plan.seed), engine, exact, plan.profiles, report)
            report(f"on disk: {size_of(folder / 'store'):,.0f} MiB; memory while building: {memory}")
            phrase.cache_clear()
        report(f"asking {len(engine):,} profiles, {_machine()}")
        demands = Market(plan.clusters, seed=plan.seed).demands(plan.queries + WARMING)
        gc.collect()
        gc.freeze()
        with Memory() as asking:
            rows = _ask(engine, demands)
        queries = np.stack([engine.read(demand).whole for demand in demands[WARMING:]])
        found, _ = engine.store.vectors.search(queries, K)
        _table(report, rows + _baselines(exact, queries, report))
        report(f"dense recall@{K} against exact search: {exact.recall(queries, found):.3f}")
        report(f"memory while asking: {asking}")
        _changes(engine, folder / "store", plan, report)


def dense_only(plan: Plan, report: Report) -> None:
    """The dense index alone, over clustered vectors without texts."""
    with _folder(plan) as folder:
        index = FlatIndex(folder / "vectors", DENSE_DIMENSIONS)
        exact = Exact(folder, DENSE_DIMENSIONS)
        exact.empty()
        random = np.random.default_rng(plan.seed)
        centres = unit(random.normal(size=(DENSE_CLUSTERS, DENSE_DIMENSIONS)).astype(np.float32))

        def drawn(size: int) -> np.ndarray:
            around = centres[random.integers(len(centres), size=size)]
            return unit(around + SPREAD * random.standard_normal((size, DENSE_DIMENSIONS), dtype=np.float32))

        queries = drawn(plan.queries + WARMING)
        report(f"vectors {plan.profiles:,} x {DENSE_DIMENSIONS} around {DENSE_CLUSTERS:,} centres, {_machine()}")
        seconds = 0.0
        with Memory() as memory:
            for start in range(0, plan.profiles, CHUNK):
                vectors = drawn(min(CHUNK, plan.profiles - start))
                keys = np.arange(start, start + len(vectors))
                exact.add(keys, vectors)
                begun = time.perf_counter()
                index.upsert(keys, vectors)
                seconds += time.perf_counter() - begun
                del vectors
        report(f"built in {seconds:.1f} s, {size_of(folder / 'vectors'):,.0f} MiB; memory while building: {memory}")
        with Memory() as asking:
            timed(lambda query: index.search(query, K), queries[:WARMING])
            times = timed(lambda query: index.search(query, K), queries[WARMING:])
        asked = queries[WARMING:]
        found, _ = index.search(asked, K)
        _table(report, [("dense", times), *_baselines(exact, asked, report)])
        report(f"dense recall@{K} against exact search: {exact.recall(asked, found):.3f}")
        report(f"memory while asking: {asking}")


def _build(market: Market, engine: NationalEngine, exact: Exact, profiles: int, report: Report) -> None:
    store = engine.store
    spent = dict.fromkeys(("making texts, vectors and records", "records", "vectors", "words", "frequencies"), 0.0)

    @contextmanager
    def part(name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        spent[name] += time.perf_counter() - begun

    store.timing = part
    for start in range(0, profiles, CHUNK):
        with part("making texts, vectors and records"):
            records = list(market.records(start, min(start + CHUNK, profiles)))
        exact.add(as_keys([record.key for record in records]), np.stack([record.vector for record in records]))
        store.save(records)
        del records
    report("built in " + ", ".join(f"{name} {seconds:,.1f} s" for name, seconds in spent.items()))


def _ask(engine: NationalEngine, demands: Sequence[Demand]) -> list[tuple[str, Times]]:
    asked = demands[WARMING:]
    for demand in demands[:WARMING]:
        engine.rank_profiles(demand, depth=K)
    whole = timed(lambda demand: engine.rank_profiles(demand, depth=K), asked)
    queries = [engine.read(demand) for demand in asked]
    dense = timed(lambda query: engine.store.vectors.search(query.whole[None], K), queries)
    terms = [retrieval_terms(query.view.positive) for query in queries]
    lexical = timed(lambda found: engine.store.words.search(found, K), terms)
    return [("dense", dense), ("lexical", lexical), (f"full pipeline, {K} explained", whole)]


def _baselines(exact: Exact, queries: np.ndarray, report: Report) -> list[tuple[str, Times]]:
    if not exact.fits:
        report("exact numpy and semantic_search not run: their float32 vectors alone would need more than 2 GiB")
        return []
    vectors = exact.vectors()
    some = queries[:BASELINE_QUERIES]
    return [
        ("exact numpy float32", numpy_search(vectors, some, K)),
        ("sentence-transformers semantic_search", semantic_search(vectors, some, K)),
    ]


def _changes(engine: NationalEngine, folder: Path, plan: Plan, report: Report) -> None:
    """How long until another reader's query finds a profile that was added, finds it changed, misses it removed."""
    reader = NationalEngine(folder, reranker=OFF)
    market = Market(plan.clusters, seed=plan.seed)
    demands = market.demands(CHANGES)
    added, changed, removed = [], [], []
    for number, profile in enumerate(market.profiles(0, CHANGES)):
        demand = demands[number]
        fresh = replace(profile, id=f"new{number}", headline=demand.title, bio=demand.description,
                        skills=demand.required_skills, industries=(demand.industry,))  # fmt: skip

        def seen(demand: Demand = demand, fresh=fresh) -> str | None:
            found = reader.rank_profiles(demand, depth=K, include_vetoed=True)
            if not any(match.profile_id == fresh.id for match in found):
                return None
            return reader.store.get([fresh.id])[0].region

        added.append(_until(lambda f=fresh: engine.upsert([f]), lambda f=fresh: seen() == f.region))
        moved = replace(fresh, region="海南省三亚市")
        changed.append(_until(lambda m=moved: engine.upsert([m]), lambda m=moved: seen() == m.region))
        removed.append(_until(lambda m=moved: engine.delete([m.id]), lambda: seen() is None))
    for name, seconds in (("added", added), ("changed", changed), ("removed", removed)):
        report(f"a profile {name}: seen by another reader's query after {max(seconds) * 1e3:,.0f} ms at most "
               f"(of {CHANGES}; writing, flushing to disk and the query itself included)")  # fmt: skip


def _until(change: Callable[[], None], holds: Callable[[], bool]) -> float:
    begun = time.perf_counter()
    change()
    while not holds():
        if time.perf_counter() - begun > 60:
            raise RuntimeError("a change was not seen for a minute")
    return time.perf_counter() - begun


def _table(report: Report, rows: Sequence[tuple[str, Times]]) -> None:
    report("| one query, ms | p50 | p95 | p99 | p95 of processor time |")
    report("|---|---|---|---|---|")
    for name, times in rows:
        report(f"| {name} | {' | '.join(times.cells())} |")
    named = dict(rows)
    for name in ("exact numpy float32", "sentence-transformers semantic_search"):
        if name in named:
            report(f"dense against {name}: {named[name].at(50) / named['dense'].at(50):.1f} times as fast (p50)")


@contextmanager
def _folder(plan: Plan) -> Iterator[Path]:
    if plan.folder is not None:
        if not plan.reuse:
            rmtree(plan.folder / "store", ignore_errors=True)
            rmtree(plan.folder / "vectors", ignore_errors=True)
        plan.folder.mkdir(parents=True, exist_ok=True)
        yield plan.folder
        return
    with TemporaryDirectory(prefix="matching-bench-") as folder:
        yield Path(folder)


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}, load {load:.1f}"
