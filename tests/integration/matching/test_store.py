"""Profiles on disk: what is written stays, whoever is killed; what is changed is seen, whoever asks."""
from __future__ import annotations

import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matching.encode import embedded
from matching.engine import Engine
from matching.national import NationalEngine
from matching.records import read_demands, read_profiles
from matching.rerank import OFF
from matching.retrieval.protocol import IndexUnusable, key_of
from matching.retrieval.segments import Column, Rows, Table
from matching.retrieval.store import ProfileStore
from matching.types import Demand, PastCase, Profile
from tests.integration.matching import writer

ROOT = Path(__file__).parents[3]
MARKET = ROOT / "seed_data" / "market"


@pytest.fixture(scope="module")
def profiles() -> list[Profile]:
    return read_profiles(MARKET / "profiles.jsonl")


@pytest.fixture(scope="module")
def demands() -> list[Demand]:
    return read_demands(MARKET / "demands.jsonl")


@pytest.fixture(scope="module")
def engine(profiles) -> Engine:
    return Engine(profiles, reranker=OFF)


@pytest.fixture(scope="module")
def national(profiles, tmp_path_factory) -> NationalEngine:
    found = NationalEngine(tmp_path_factory.mktemp("national"), reranker=OFF)
    found.upsert(profiles)
    return found


LEAK = Demand(
    "leak", "老城区水管漏得厉害，先挖哪条街", "用夜间最小流量和分区计量找漏点。", required_skills=("漏损控制",)
)


def names(matches) -> list[str]:
    return [match.profile_id for match in matches]


# The same ranking ---------------------------------------------------------------------------------


def test_a_stored_profile_gets_the_score_and_the_reasons_the_engine_in_memory_gives_it(engine, national, demands):
    for demand in demands:
        expected = engine.rank_profiles(demand, depth=50, include_vetoed=True)
        found = national.rank_profiles(demand, depth=50, include_vetoed=True)
        assert names(found) == names(expected)
        for ours, theirs in zip(found, expected, strict=True):
            assert ours.score == pytest.approx(theirs.score, abs=1e-4)
            assert sum(part.value for part in ours.contributions) == pytest.approx(ours.score)
            assert (ours.reasons, ours.counter_reasons, ours.vetoes) == (
                theirs.reasons, theirs.counter_reasons, theirs.vetoes)  # fmt: skip
            assert [(e.title, e.phrase, e.wanted) for e in ours.evidence] == [
                (e.title, e.phrase, e.wanted) for e in theirs.evidence
            ]


def test_the_vectors_may_lie_in_postgresql_and_the_ranking_stays(profiles, demands, pgvector_database, tmp_path):
    from matching.retrieval.postgres import PgVectorIndex

    vectors = PgVectorIndex(pgvector_database, embedded().dimensions)
    there = NationalEngine(tmp_path / "there", reranker=OFF, vectors=vectors)
    here = NationalEngine(tmp_path / "here", reranker=OFF)
    for national in (there, here):
        national.upsert(profiles)
        national.delete([profiles[0].id])
    assert len(vectors) == len(profiles) - 1
    for demand in demands[:10]:
        assert names(there.rank_profiles(demand, depth=20)) == names(here.rank_profiles(demand, depth=20))


def test_teams_and_advice_are_those_of_the_engine_in_memory(engine, national, demands):
    from matching.counterfactual import what_if
    from matching.team import staff

    for demand in demands[:12]:
        around = national.around(demand)
        ours, theirs = staff(around, demand), staff(engine, demand)
        assert [[m.profile_id for m in team.members] for team in ours.teams] == [
            [m.profile_id for m in team.members] for team in theirs.teams]  # fmt: skip
        asking = engine.rank_profiles(demand, include_vetoed=True)[13].profile_id
        assert [(c.kind, c.what, c.before, c.after) for c in what_if(around, demand, asking)] == [
            (c.kind, c.what, c.before, c.after) for c in what_if(engine, demand, asking)]  # fmt: skip


def test_a_founder_who_was_not_found_is_still_told_where_they_stand(engine, profiles, demands, tmp_path):
    national = NationalEngine(tmp_path, reranker=OFF)
    national.upsert(profiles)
    last = engine.rank_profiles(demands[0])[-1].profile_id
    few = [match.profile_id for match in engine.rank_profiles(demands[0], depth=5)]
    around = national.around(demands[0], including=[last], allowed=few)
    assert names(around.rank_profiles(demands[0])) == [*few, last]


def test_a_stored_profile_is_given_back_as_it_was(national, profiles):
    assert national.store.get([profile.id for profile in profiles]) == profiles
    assert national.store.get(["nobody"]) == [None]


def test_texts_that_no_phrase_can_be_cut_from_are_ranked_all_the_same(tmp_path):
    odd = [
        Profile("blank", "，"),
        Profile("dots", "I rewrite, not just translate：把合同讲清楚"),
        Profile("astral", "𠮷野家门店管网漏损，不做硬件"),
        Profile("cases", "漏损", skills=("DMA", "  ", "漏损"),
                past_cases=(PastCase("！"), PastCase("夜间最小流量", "找漏"))),
    ]
    stored = NationalEngine(tmp_path, reranker=OFF)
    stored.upsert(odd)
    expected = Engine(odd, reranker=OFF).rank_profiles(LEAK)
    found = stored.rank_profiles(LEAK)
    assert names(found) == names(expected)
    assert [m.score for m in found] == pytest.approx([m.score for m in expected], abs=1e-4)
    assert [m.evidence[0].phrase for m in found if m.evidence] == [m.evidence[0].phrase for m in expected if m.evidence]


def test_only_those_allowed_are_ranked(national, profiles, demands):
    some = [profile.id for profile in profiles[::7]]
    found = national.rank_profiles(demands[0], allowed=some, include_vetoed=True)
    assert sorted(names(found)) == sorted(some)
    assert national.rank_profiles(demands[0], allowed=[]) == []


def test_an_empty_store_ranks_nobody(tmp_path):
    assert NationalEngine(tmp_path, reranker=OFF).rank_profiles(LEAK) == []


def test_the_order_of_arrival_changes_nothing(national, profiles, demands, tmp_path):
    shuffled = list(profiles)
    random.Random(5).shuffle(shuffled)
    other = NationalEngine(tmp_path, reranker=OFF)
    for start in range(0, len(shuffled), 50):
        other.upsert(shuffled[start : start + 50])
    other.store.count()
    for demand in demands[:10]:
        assert names(other.rank_profiles(demand)) == names(national.rank_profiles(demand))


# Changes ------------------------------------------------------------------------------------------


def test_a_profile_added_changed_and_removed_is_seen_by_another_reader_at_once(profiles, tmp_path):
    ours, theirs = (NationalEngine(tmp_path, reranker=OFF) for _ in range(2))
    ours.upsert(profiles[:20])
    assert len(theirs) == 20
    newcomer = Profile("newcomer", "供水漏损工程师", bio="夜间最小流量、分区计量。", region="江苏省南京市")
    ours.upsert([newcomer])
    assert names(theirs.rank_profiles(LEAK))[0] == "newcomer"
    ours.upsert([replace(newcomer, region="海南省三亚市")])
    assert theirs.store.get(["newcomer"])[0].region == "海南省三亚市"
    assert names(theirs.rank_profiles(LEAK)).count("newcomer") == 1
    ours.delete(["newcomer"])
    assert "newcomer" not in names(theirs.rank_profiles(LEAK))


def test_compacting_keeps_every_living_profile_and_no_other(profiles, tmp_path):
    store = ProfileStore(tmp_path, embedded())
    for profile in profiles[:30]:
        store.upsert([profile])
    store.delete([profile.id for profile in profiles[:10]])
    store.compact()
    assert len(store) == 20
    assert store.get([profile.id for profile in profiles[:30]]) == [None] * 10 + profiles[10:30]


def test_two_ids_with_one_key_are_refused(tmp_path, monkeypatch):
    from matching.retrieval import records

    monkeypatch.setattr(records, "key_of", lambda identity: 7)  # no two real ids are known to collide
    store = ProfileStore(tmp_path, embedded())
    store.upsert([Profile("a", "漏损")])
    with pytest.raises(IndexUnusable, match="'b' and 'a' share a key"):
        store.upsert([Profile("b", "档案")])
    store.upsert([Profile("a", "漏损控制")])


def test_a_store_written_with_another_encoder_is_refused(tmp_path):
    class Other(type(embedded())):
        def __init__(self) -> None:
            self.__dict__.update(embedded().__dict__, version="other-1")

    ProfileStore(tmp_path, embedded())
    with pytest.raises(IndexUnusable, match="written with the encoder"):
        ProfileStore(tmp_path, Other())


# More than one process ----------------------------------------------------------------------------


def started(folder: Path, last: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, writer.__file__, str(folder), str(last)], stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.parametrize("wait_for", [1, 4, 7])
def test_a_writer_killed_in_the_middle_leaves_the_last_good_store(tmp_path, wait_for):
    process = started(tmp_path, 1_000_000)
    try:
        done = -1
        while done < wait_for:
            done = int(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    store = ProfileStore(tmp_path, embedded())
    engine = NationalEngine(tmp_path, reranker=OFF)
    assert names(engine.rank_profiles(LEAK, depth=5))  # readable as it was left
    [steady] = store.get(["steady"])
    assert steady.region in writer.CITIES
    for number in range(done + 1):
        batch = store.get([profile.id for profile in writer.added(number)])
        assert batch in ([None] * 10, writer.added(number)), "a batch is there whole or not at all"
    store.upsert([Profile("after", "管网漏损，夜间最小流量")])  # and whoever writes next puts it in order
    assert "after" in names(engine.rank_profiles(LEAK, depth=50))
    assert len(store) == len(store.vectors) == len(store.words)


def test_two_processes_write_and_a_third_reads_without_losing_anything(tmp_path):
    store = ProfileStore(tmp_path, embedded())
    processes = [started(tmp_path, 4), started(tmp_path, 4)]
    counts = []
    while any(process.poll() is None for process in processes):
        counts.append(len(store))
        engine_sees = store.words.search(["漏损"], 50).keys
        assert len(set(engine_sees.tolist())) == len(engine_sees)
    assert [process.wait() for process in processes] == [0, 0]
    there = {number: store.get([p.id for p in writer.added(number)]) for number in range(4)}
    assert there[0] == writer.added(0)
    assert there[3] == writer.added(3)
    assert len(store) == len(store.vectors) == len(store.words)


# The table underneath -----------------------------------------------------------------------------


def test_a_commit_that_never_reached_its_manifest_has_not_happened(tmp_path):
    table = Table(tmp_path, {"value": Column("<i8", 1)}, blobs=True)
    table.commit(Rows(np.array([1, 2]), {"value": np.array([[10], [20]])}, [b"one", b"two"]))
    (tmp_path / "00000002.keys").write_bytes(b"half a fi")
    (tmp_path / "manifest.json.part").write_bytes(b'{"format": 1, "gen')
    again = Table(tmp_path, {"value": Column("<i8", 1)}, blobs=True)
    assert len(again) == 2
    again.commit(Rows(np.array([3]), {"value": np.array([[30]])}, [b"three"]))
    assert sorted(key for s in again.state().segments for key in s.keys[s.alive_rows].tolist()) == [1, 2, 3]
    assert not [path for path in tmp_path.iterdir() if path.read_bytes() == b"half a fi"]


def test_small_segments_are_merged_so_that_their_number_stays_small(tmp_path):
    table = Table(tmp_path, {}, blobs=True)
    for number in range(200):
        table.commit(Rows(np.array([number % 90]), {}, [str(number).encode()]))
    segments = table.state().segments
    assert len(segments) <= 8
    held = {int(s.keys[row]): s.blob_of(row) for s in segments for row in s.alive_rows}
    assert held == {key: str(max(n for n in range(200) if n % 90 == key)).encode() for key in range(90)}


def test_keys_are_the_same_on_every_machine():
    assert key_of("dv-p001") == 4797050311818693869
