"""What became of suggestions, without the bias of where they were shown."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from matching import train
from matching.commands import main
from matching.errors import BadInput
from matching.outcomes import Examination, Outcome, Shown, examination, read_outcomes, shown, targets
from tests.unit.matching.conftest import DATA

DAY = date(2026, 11, 2)
TRUE = np.array([1.0, 1.6, 0.6, 0.3, -1.0])
SHOWN_BY = 3
"""The feature the old ranker listed by, which in truth hardly matters."""


def event(name: str, *, position: int | None = 1, propensity: float | None = None, profile: str = "p") -> Outcome:
    return Outcome("d", profile, position, propensity, name, DAY)


def listed(*, lists: int, random_half: bool, steepness: float = 1.0, seed: int = 1) -> tuple[list[Shown], np.ndarray]:
    """What founders did with lists of ten out of thirty: they act on what fits, if they get so far down."""
    rng = np.random.default_rng(seed)
    rows, features = [], []
    for number in range(lists):
        pool = rng.normal(size=(30, len(TRUE)))
        at_random = random_half and number % 2 == 0
        order = rng.permutation(30) if at_random else np.argsort(-pool[:, SHOWN_BY] - 0.3 * rng.normal(size=30))
        for place, founder in enumerate(order[:10], start=1):
            fits = rng.random() < 1 / (1 + np.exp(1 - pool[founder] @ TRUE))
            looked = rng.random() < place**-steepness
            chance = 1 / 30 if at_random else None
            rows.append(Shown(f"d{number}", f"p{founder}", float(fits and looked), place, chance))
            features.append(pool[founder])
    return rows, np.array(features)


def agreement(weights: np.ndarray) -> float:
    """Cosine with the weights people really act by."""
    return float(weights @ TRUE / np.linalg.norm(weights) / np.linalg.norm(TRUE))


@pytest.mark.parametrize(("random_half", "source"), [(True, "randomised"), (False, "fitted")])
def test_the_corrected_ranker_finds_what_people_act_by_and_the_naive_one_what_they_were_shown(random_half, source):
    rows, features = listed(lists=400, random_half=random_half)
    even = np.ones(len(rows))
    looked = examination(rows, features, train.fit)
    corrected, _ = train.fit(features, targets(rows, looked), even)
    naive, _ = train.fit(features, np.array([row.label for row in rows]), even)
    assert looked.source == source
    assert looked.eta == pytest.approx(1.0, abs=0.25)
    assert agreement(corrected) > 0.95
    assert agreement(corrected) > agreement(naive) + 0.015
    if not random_half:
        assert np.argsort(-np.abs(corrected))[0] == 1, "what matters most comes first"
        assert np.argsort(-np.abs(naive))[0] == SHOWN_BY


def test_random_slots_are_weighed_by_the_chance_of_who_got_them():
    """Good founders were mostly drawn for the first place and poor ones for the second, which half the people see."""
    drawn = [(1, 0.9, 90, 90), (1, 0.1, 10, 0), (2, 0.1, 10, 5), (2, 0.9, 90, 0)]  # place, chance, founders, acting
    rows = [
        Shown("d", f"{place}-{chance}-{n}", float(n < acting), place, chance)
        for place, chance, founders, acting in drawn
        for n in range(founders)
    ]
    looked = examination(rows, np.zeros((len(rows), len(TRUE))), train.fit)
    assert looked.source == "randomised"
    assert looked.chance(2) == pytest.approx(0.5)
    assert looked.eta == pytest.approx(1.0)


def test_a_page_that_is_read_to_the_end_needs_no_correction():
    rows, features = listed(lists=300, random_half=False, steepness=0.0)
    assert examination(rows, features, train.fit).eta < 0.15


def test_too_few_lists_leave_the_stated_curve():
    rows, features = listed(lists=5, random_half=False)
    looked = examination(rows, features, train.fit)
    assert (looked.source, looked.eta) == ("assumed", 1.0)
    assert [looked.chance(place) for place in (1, 2, 4)] == [1.0, 0.5, 0.25]


def test_a_low_place_counts_more_but_never_more_than_ten_times():
    looked = Examination({}, 1.0, "assumed")
    rows = [Shown("d", "p", 1.0, place, None) for place in (1, 5, 40)]
    np.testing.assert_allclose(targets(rows, looked), [1.0, 5.0, 10.0])


def test_acting_on_one_s_own_without_a_list_is_taken_as_it_is():
    [row] = shown([event("bid", position=None)])
    assert targets([row], Examination({}, 1.0, "assumed")).tolist() == [0.5]


@pytest.mark.parametrize(
    ("events", "label"),
    [
        (["shown"], 0.0),
        (["shown", "viewed"], 0.1),
        (["viewed", "saved"], 0.3),
        (["viewed", "bid", "shortlisted"], 1.0),
        (["saved", "dismissed"], 0.0),
        (["dismissed", "awarded"], 1.0),
        (["bid", "paid_on_time"], 1.0),
    ],
)
def test_a_pair_counts_its_strongest_event(events, label):
    [row] = shown([event(name) for name in events])
    assert row.label == label


def test_a_pair_stands_at_the_best_place_it_was_shown_at():
    upper = event("shown", position=2, propensity=0.1)
    [row] = shown([event("shown", position=7), upper, event("bid", position=None)])
    assert (row.position, row.propensity) == (2, 0.1)


def test_every_bad_line_of_an_outcomes_file_is_named(tmp_path):
    path = tmp_path / "o.jsonl"
    good = {"demand_id": "d", "profile_id": "p", "position": 3, "propensity": None, "event": "viewed",
            "on": "2026-11-02"}  # fmt: skip
    bad = [{"event": "liked"}, {"position": 0}, {"propensity": 1.5}, {"on": "yesterday"}]
    path.write_text("\n".join(json.dumps(good | change) for change in [{}, *bad]))
    with pytest.raises(BadInput) as raised:
        read_outcomes(path)
    assert [line.number for line in raised.value.lines] == [2, 3, 4, 5]
    path.write_text(json.dumps(good))
    assert read_outcomes(path) == [Outcome("d", "p", 3, None, "viewed", DAY)]


def test_outcomes_move_the_weights_and_are_recorded_in_the_file(tmp_path, capsys):
    (tmp_path / "q.tsv").write_text("need-leak 0 pipes 3\nneed-archive 0 scans 3\nneed-orchard 0 leaves 3\n")
    row = {"demand_id": "need-leak", "profile_id": "poster", "position": 1, "propensity": None,
           "event": "awarded", "on": "2026-11-02"}  # fmt: skip
    unknown = row | {"profile_id": "nobody"}
    (tmp_path / "o.jsonl").write_text(f"{json.dumps(row)}\n{json.dumps(unknown)}\n")
    files = ["--demands", str(DATA / "demands.jsonl"), "--profiles", str(DATA / "profiles.jsonl"),
             "--qrels", str(tmp_path / "q.tsv")]  # fmt: skip
    assert main(["train", *files, "--out", str(tmp_path / "plain.json")]) == 0
    assert main(["train", *files, "--outcomes", str(tmp_path / "o.jsonl"), "--out", str(tmp_path / "with.json")]) == 0
    plain, fitted = (json.loads((tmp_path / name).read_text()) for name in ("plain.json", "with.json"))
    assert fitted["weights"] != plain["weights"]
    assert fitted["outcomes"] == {"pairs": 1, "examination": "assumed", "eta": 1.0}
    assert "1 events on others left out" in capsys.readouterr().err


def test_outcomes_of_another_market_come_with_its_own_files(tmp_path):
    (tmp_path / "q.tsv").write_text("need-leak 0 pipes 3\nneed-archive 0 scans 3\nneed-orchard 0 leaves 3\n")
    (tmp_path / "d.jsonl").write_text('{"id": "1", "title": "漏损分析"}\n')
    (tmp_path / "p.jsonl").write_text('{"id": "7", "headline": "供水漏损"}\n{"id": "8", "headline": "插画"}\n')
    rows = [{"demand_id": "1", "profile_id": who, "position": place, "propensity": None, "event": what,
             "on": "2026-11-02"} for who, place, what in (("7", 2, "awarded"), ("8", 1, "shown"))]  # fmt: skip
    (tmp_path / "o.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert main(["train", "--demands", str(DATA / "demands.jsonl"), "--profiles", str(DATA / "profiles.jsonl"),
                 "--qrels", str(tmp_path / "q.tsv"), "--outcomes", str(tmp_path / "o.jsonl"),
                 "--outcome-demands", str(tmp_path / "d.jsonl"), "--outcome-profiles", str(tmp_path / "p.jsonl"),
                 "--out", str(tmp_path / "ranker.json")]) == 0  # fmt: skip
    assert json.loads((tmp_path / "ranker.json").read_text())["outcomes"]["pairs"] == 2


def test_outcomes_on_a_demand_never_teach_the_weights_that_judge_it():
    rng = np.random.default_rng(3)
    features = rng.normal(size=(6, 20, len(TRUE)))
    target = (features[:, :, 0] > 1.5).astype(float)
    data = train.Examples(features, target, np.ones(target.shape), "")
    taught = train.OutcomeExamples(
        features[2, :5], np.full(5, 9.0), np.full(5, 2), Examination({}, 1.0, "assumed"), 0
    )
    untaught = train.cross_validated(data)
    scores = train.cross_validated(data, taught, folds=6)
    np.testing.assert_array_equal(scores[2], train.cross_validated(data, folds=6)[2])
    assert not np.allclose(scores[3], untaught[3])
