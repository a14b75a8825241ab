"""Files in and out: bad lines are named, good ones read whatever they leave out."""

from __future__ import annotations

import pytest

from matching.errors import BadInput
from matching.records import read_demands, read_profiles
from matching.trec import evaluate, read_qrels, read_run, run_lines
from matching.types import Match, PastCase


def write(path, *lines: str):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_optional_fields_may_be_missing_and_unknown_ones_are_ignored(tmp_path):
    [demand] = read_demands(write(tmp_path / "d.jsonl", '{"id": "d1", "title": "排产", "colour": "red"}', ""))
    assert (demand.id, demand.required_skills, demand.remote_ok) == ("d1", (), None)


def test_a_profile_s_cases_and_null_fields(tmp_path):
    line = '{"id": "p1", "headline": "排产", "bio": null, "past_cases": [{"title": "家电厂"}]}'
    [profile] = read_profiles(write(tmp_path / "p.jsonl", line))
    assert (profile.bio, profile.past_cases) == ("", (PastCase("家电厂"),))


def test_every_bad_line_is_named_with_its_reason(tmp_path):
    path = write(
        tmp_path / "d.jsonl",
        '{"id": "d1", "title": "排产"}',
        '{"id": "d2", "title": ',
        '{"id": "d1", "title": "又一个"}',
        '{"title": "没有编号"}',
        '{"id": "d5", "title": "", "budget_fen": 1.5}',
        "[]",
    )
    with pytest.raises(BadInput) as caught:
        read_demands(path)
    reasons = {line.number: line.reason for line in caught.value.lines}
    assert sorted(reasons) == [2, 3, 4, 5, 6]
    assert "not valid JSON" in reasons[2]
    assert "twice" in reasons[3]
    assert "'id'" in reasons[4]
    assert "'budget_fen'" in reasons[5]
    assert "'title'" in reasons[5]
    assert str(caught.value).startswith(f"{path}:2: ")


def test_a_vetoed_match_stands_after_the_eligible_in_a_run(tmp_path):
    good = Match("weak", "d1", score=-9.0, eligible=True)
    vetoed = Match("strong", "d1", score=3.0, eligible=False)
    path = write(tmp_path / "run.trec", *run_lines("d1", [("weak", good), ("strong", vetoed)]))
    run = read_run(path)
    assert run["d1"]["weak"] > run["d1"]["strong"]


def test_metrics_of_a_run_worked_by_hand(tmp_path):
    qrels = read_qrels(write(tmp_path / "q.tsv", "d1\t0\ta\t3", "d1\t0\tb\t0", "d2\t0\tc\t3", "d2\t0\td\t2"))
    run = {"d1": {"b": 2.0, "a": 1.0}, "d2": {"c": 2.0, "d": 1.0}}
    found = evaluate(run, qrels)
    assert found["Success(rel=3)@1"] == 0.5
    assert found["RR(rel=3)"] == 0.75
    assert found["R(rel=2)@10"] == 1.0
    assert found["trap"] == 0.5
    assert found["nDCG@10"] == pytest.approx((1 / 1.58496 + 1) / 2, abs=1e-4)


def test_a_topic_without_results_counts_as_zero(tmp_path):
    qrels = {"d1": {"a": 3}, "d2": {"b": 3}}
    assert evaluate({"d1": {"a": 1.0}}, qrels)["nDCG@10"] == 0.5


@pytest.mark.parametrize("line", ["d1 Q0 a 1 high tag", "d1 Q0 a", "d1 Q0 a 1 nan tag"])
def test_a_broken_run_line_is_named(tmp_path, line):
    with pytest.raises(BadInput, match=r"run\.trec:1: "):
        read_run(write(tmp_path / "run.trec", line))


@pytest.mark.parametrize("grade", ["4", "-1", "2.5", "good"])
def test_a_grade_outside_0_to_3_is_named_and_not_taken_for_a_3(tmp_path, grade):
    with pytest.raises(BadInput, match=r"qrels\.tsv:2: .*0 to 3"):
        read_qrels(write(tmp_path / "qrels.tsv", "d1 0 a 3", f"d1 0 b {grade}"))
