"""What every ranker owes its callers, whatever is inside it: the embedded encoder, a named one, a reranker."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count
from math import isclose

import pytest

from matching.cache import VectorCache
from matching.encode import SentenceTransformerEncoder
from matching.engine import Engine
from matching.rerank import Blend, CrossEncoderReranker
from matching.types import Demand, Profile

Make = Callable[[Iterable[Profile]], Engine]
KINDS = ["embedded", "named model", "reranker"]


@pytest.fixture(scope="session", params=KINDS)
def make(request, encoder, tmp_path_factory) -> Make:
    """Builds the ranker of one kind; each has a cache of its own, so that nothing is equal by being kept."""
    folder, number = tmp_path_factory.mktemp("kept"), count()

    def build(profiles: Iterable[Profile]) -> Engine:
        cache = VectorCache(folder / str(next(number)))
        if request.param == "embedded":
            return Engine(profiles, encoder=encoder)
        if request.param == "named model":
            model = str(request.getfixturevalue("tiny_model"))
            return Engine(profiles, encoder=SentenceTransformerEncoder(model, cache=cache))
        reader = CrossEncoderReranker(str(request.getfixturevalue("tiny_cross_encoder")), cache=cache)
        return Engine(profiles, encoder=encoder, reranker=Blend(reader))

    return build


@pytest.fixture(scope="session")
def ranker(make: Make, profiles) -> Engine:
    return make(profiles.values())


def scores(matches) -> dict[str, float]:
    return {match.profile_id: match.score for match in matches}


def order(matches) -> list[str]:
    return [match.profile_id for match in matches]


def test_the_founder_who_did_the_work_comes_first(engine, demands):
    assert order(engine.rank_profiles(demands["need-leak"]))[0] == "pipes"
    assert order(engine.rank_profiles(demands["need-archive"]))[0] == "scans"
    assert order(engine.rank_profiles(demands["need-orchard"]))[0] == "leaves"


def test_contributions_add_up_to_the_score(ranker, demands):
    for demand in demands.values():
        for match in ranker.rank_profiles(demand, include_vetoed=True):
            assert isclose(sum(part.value for part in match.contributions), match.score)
            assert all(isclose(p.value, p.weight * p.feature) for p in match.contributions)


def test_a_pair_scores_the_same_from_either_side(ranker, demands, profiles):
    from_demands = {
        (m.demand_id, m.profile_id): m.score
        for demand in demands.values()
        for m in ranker.rank_profiles(demand, include_vetoed=True)
    }
    for profile in profiles.values():
        for match in ranker.rank_demands(profile, list(demands.values()), include_vetoed=True):
            assert isclose(match.score, from_demands[match.demand_id, match.profile_id], abs_tol=1e-6)


def test_ranking_demands_for_all_profiles_at_once_is_ranking_them_one_by_one(ranker, demands, profiles):
    together = ranker.rank_demands_for_all(demands.values(), include_vetoed=True, depth=2)
    for profile in profiles.values():
        alone = ranker.rank_demands(profile, list(demands.values()), include_vetoed=True, depth=2, explained=False)
        assert [m.demand_id for m in together[profile.id]] == [m.demand_id for m in alone]


def test_input_order_changes_nothing(ranker, demands, profiles, make):
    shuffled = list(profiles.values())
    random.Random(3).shuffle(shuffled)
    again = make(shuffled)
    for demand in demands.values():
        assert again.rank_profiles(demand) == ranker.rank_profiles(demand)


def test_a_demand_is_scored_alone_as_in_a_batch(ranker, make, demands, profiles):
    together = ranker.rank_demands_for_all(demands.values(), include_vetoed=True)
    for demand in demands.values():
        alone = scores(make(profiles.values()).rank_profiles(demand, include_vetoed=True, explained=False))
        batch = {pid: m.score for pid, found in together.items() for m in found if m.demand_id == demand.id}
        assert alone == pytest.approx(batch, abs=1e-5)


def test_ids_are_names_and_not_places(ranker, make, demands, profiles):
    renamed = {profile.id: f"{9 - place}-{profile.id}" for place, profile in enumerate(profiles.values())}
    again = make([replace(profile, id=renamed[profile.id]) for profile in profiles.values()])
    for demand in demands.values():
        before = scores(ranker.rank_profiles(demand, include_vetoed=True))
        after = scores(again.rank_profiles(demand, include_vetoed=True))
        assert after == pytest.approx({renamed[pid]: score for pid, score in before.items()}, abs=1e-5)


def test_a_conflict_of_interest_is_never_suggested_from_either_side(ranker, demands, profiles):
    first = order(ranker.rank_profiles(demands["need-leak"]))[0]
    barred = replace(demands["need-leak"], conflicts=frozenset({first}))
    assert first not in order(ranker.rank_profiles(barred))
    assert ranker.rank_demands(profiles[first], [barred]) == []
    assert order(ranker.rank_profiles(barred, include_vetoed=True))[-1] == first


def test_equal_profiles_stand_in_the_order_of_their_ids(demands, profiles, make):
    twins = [replace(profiles["pipes"], id=name) for name in ("c", "a", "b")]
    assert order(make(twins).rank_profiles(demands["need-leak"])) == ["a", "b", "c"]


def test_a_founder_who_breaks_a_hard_requirement_is_left_out_or_stands_last(ranker, demands):
    eligible = order(ranker.rank_profiles(demands["need-archive"]))
    everyone = ranker.rank_profiles(demands["need-archive"], include_vetoed=True)
    assert "cloud" not in eligible
    assert order(everyone)[-1] == "cloud"
    assert [m.eligible for m in everyone] == [True] * 4 + [False]


def test_depth_cuts_the_list_and_nothing_else(ranker, demands):
    full = ranker.rank_profiles(demands["need-leak"])
    assert ranker.rank_profiles(demands["need-leak"], depth=2) == full[:2]
    assert ranker.rank_profiles(demands["need-leak"], depth=50) == full


def test_no_profiles_give_no_matches(demands, make):
    assert make([]).rank_profiles(demands["need-leak"]) == []


def test_no_demands_give_no_matches(ranker, profiles):
    assert ranker.rank_demands(profiles["pipes"], []) == []


def test_a_single_profile_is_ranked(demands, profiles, make):
    [match] = make([profiles["pipes"]]).rank_profiles(demands["need-leak"])
    assert (match.profile_id, match.demand_id) == ("pipes", "need-leak")
    assert 0 < match.probability < 1


def test_a_demand_and_a_profile_with_nothing_but_a_title_are_ranked(make):
    ranker = make([Profile("bare", "档案整理"), Profile("blank", "，")])
    found = ranker.rank_profiles(Demand("short", "整理档案"))
    assert order(found) == ["bare", "blank"]


def test_a_profile_unknown_to_the_engine_can_ask_for_demands(ranker, demands, profiles):
    newcomer = replace(profiles["leaves"], id="newcomer")
    found = ranker.rank_demands(newcomer, list(demands.values()))
    assert found[0].demand_id == "need-orchard"


def test_an_id_that_occurs_twice_is_refused(profiles, make):
    with pytest.raises(ValueError, match="pipes"):
        make([profiles["pipes"], profiles["pipes"]])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("老城區水管漏得厲害，先挖哪條街", "老城区水管漏得厉害，先挖哪条街"),
        ("ＤＭＡ分区，Ｐｙｔｈｏｎ", "dma分区，python"),
    ],
    ids=["traditional characters", "full-width letters"],
)
def test_script_and_width_do_not_matter(ranker, written, meant):
    plain = ranker.rank_profiles(Demand("q", meant))
    assert [(m.profile_id, m.score) for m in ranker.rank_profiles(Demand("q", written))] == [
        (m.profile_id, m.score) for m in plain
    ]


def test_the_version_changes_with_the_model(engine, encoder):
    assert encoder.version in engine.version


def test_english_demands_find_english_profiles(encoder):
    engine = Engine(
        [
            Profile("leak", "Water network analyst", bio="I find leaking pipes from night flow and pressure data."),
            Profile("poster", "Poster artist for water companies", bio="Illustration, brand design, murals."),
            Profile("archive", "Scanned document recognition", bio="Handwriting and old typed files made searchable."),
            Profile("orchard", "Plant disease vision engineer", bio="Phone apps that recognise leaf disease offline."),
        ],
        encoder=encoder,
    )
    asked = {
        "leak": "Our town loses a fifth of its drinking water, which street should we dig up first",
        "archive": "Turn forty thousand old typewritten pages into text we can search",
        "orchard": "Farmers take a photo of a sick leaf and the phone tells which illness it is",
    }
    for wanted, title in asked.items():
        assert order(engine.rank_profiles(Demand("d", title)))[0] == wanted
