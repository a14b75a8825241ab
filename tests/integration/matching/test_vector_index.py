"""What every VectorIndex owes its callers: in files and in PostgreSQL, the same answers."""
from __future__ import annotations

import numpy as np
import pytest

from matching.retrieval.protocol import NOTHING, IndexUnusable
from tests.integration.matching.conftest import DIMENSIONS


def vectors(size: int, seed: int = 1) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(size, DIMENSIONS)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def keys_of(found: tuple[np.ndarray, np.ndarray]) -> list[int]:
    return [int(key) for key in found[0][0] if key != NOTHING]


def test_the_nearest_come_first_with_their_inner_products(index):
    held = vectors(300)
    index.upsert(range(300), held)
    keys, scores = index.search(held[:5], 10)
    truth = held[:5] @ held.T
    for row in range(5):
        assert keys[row].tolist() == np.argsort(-truth[row])[:10].tolist()
        assert scores[row] == pytest.approx(np.sort(truth[row])[::-1][:10], abs=2e-3)


def test_an_empty_index_finds_nothing(index):
    keys, scores = index.search(vectors(2), 3)
    assert (keys == NOTHING).all()
    assert np.isneginf(scores).all()
    assert len(index) == 0


def test_one_vector_is_found_and_the_other_places_stay_empty(index):
    index.upsert([7], vectors(1))
    assert keys_of(index.search(vectors(1), 3)) == [7]
    assert len(index) == 1


def test_changes_to_nothing_are_no_changes(index):
    index.upsert([], np.zeros((0, DIMENSIONS), dtype=np.float32))
    index.delete([])
    index.delete([99])
    assert len(index) == 0


def test_a_changed_vector_is_found_where_it_is_now(index):
    old, new = vectors(2)
    index.upsert([1, 2], np.stack([old, vectors(3)[2]]))
    index.upsert([1], new[None])
    keys, scores = index.search(new[None], 1)
    assert keys[0, 0] == 1
    assert scores[0, 0] == pytest.approx(1.0, abs=2e-3)
    assert len(index) == 2
    assert index.search(old[None], 2)[1].max() < 0.99


def test_of_a_key_given_twice_the_last_counts(index):
    first, last = vectors(2)
    index.upsert([5, 5], np.stack([first, last]))
    assert len(index) == 1
    assert index.search(last[None], 1)[1][0, 0] == pytest.approx(1.0, abs=2e-3)


def test_what_is_deleted_is_never_found_again_until_it_comes_back(index):
    held = vectors(50)
    index.upsert(range(50), held)
    index.delete(range(0, 50, 2))
    assert len(index) == 25
    assert all(key % 2 for key in keys_of(index.search(held[:1], 50)))
    index.upsert([0], held[:1])
    assert keys_of(index.search(held[:1], 1)) == [0]


def test_only_what_is_allowed_is_found(index):
    held = vectors(100)
    index.upsert(range(100), held)
    assert sorted(keys_of(index.search(held[:1], 10, allowed=[3, 4, 5, 12345]))) == [3, 4, 5]
    assert keys_of(index.search(held[:1], 10, allowed=[])) == []
    assert keys_of(index.search(held[:1], 3, allowed=range(100))) == keys_of(index.search(held[:1], 3))


def test_a_deleted_key_is_not_found_by_being_allowed(index):
    index.upsert([1, 2], vectors(2))
    index.delete([1])
    assert keys_of(index.search(vectors(1), 5, allowed=[1, 2])) == [2]


def test_the_order_of_arrival_changes_nothing(index):
    held = vectors(60)
    order = np.random.default_rng(4).permutation(60)
    for part in np.array_split(order, 7):
        index.upsert(part, held[part])
    for query in held[:5]:
        assert keys_of(index.search(query[None], 20)) == np.argsort(-(held @ query))[:20].tolist()


def test_equal_vectors_stand_in_the_order_of_their_keys(index):
    same = np.repeat(vectors(1), 4, axis=0)
    index.upsert([9, 3, 7, 5], same)
    assert keys_of(index.search(same[:1], 4)) == [3, 5, 7, 9]


def test_many_queries_at_once_are_each_answered_as_alone(index):
    held = vectors(80)
    index.upsert(range(80), held)
    together = index.search(held[:6], 5)
    for row in range(6):
        alone = index.search(held[row : row + 1], 5)
        assert together[0][row].tolist() == alone[0][0].tolist()


def test_the_name_of_what_it_holds_changes_with_what_it_holds(index):
    before = index.snapshot()
    assert index.snapshot() == before
    index.upsert([1], vectors(1))
    assert index.snapshot() != before


def test_a_key_for_every_vector(index):
    with pytest.raises(ValueError, match="2 keys, 3 vectors"):
        index.upsert([1, 2], vectors(3))


def test_postgresql_proposes_by_signs_and_ranks_by_vectors(pgvector_database, monkeypatch):
    """Beyond SCANNED_WHOLE rows the graph is asked; what it proposes is scored with the vectors themselves."""
    from matching.retrieval import postgres

    monkeypatch.setattr(postgres, "SCANNED_WHOLE", 100)
    centres = vectors(20, seed=8)
    held = centres[np.arange(2000) % 20] + 0.4 / DIMENSIONS**0.5 * vectors(2000, seed=9) * DIMENSIONS**0.5
    held /= np.linalg.norm(held, axis=1, keepdims=True)
    index = postgres.PgVectorIndex(pgvector_database, DIMENSIONS)
    index.upsert(range(2000), held)
    shares = []
    for query in held[:20]:
        found = keys_of(index.search(query[None], 10))
        shares.append(len(set(found) & set(np.argsort(-(held @ query))[:10].tolist())) / 10)
    assert np.mean(shares) > 0.9
    everyone = list(range(0, 2000, 3))
    assert set(keys_of(index.search(held[:1], 10, allowed=everyone))) <= set(everyone)


def test_postgresql_refuses_a_table_of_other_dimensions(pgvector_database):
    from matching.retrieval.postgres import PgVectorIndex

    PgVectorIndex(pgvector_database, 16)
    with pytest.raises(IndexUnusable, match="16 dimensions"):
        PgVectorIndex(pgvector_database, 32)
