"""`python -m matching` as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from matching.commands import main

DATA = Path(__file__).parent / "data"
DEMANDS, PROFILES = str(DATA / "demands.jsonl"), str(DATA / "profiles.jsonl")
ROOT = Path(__file__).parents[3]


def rank(out: Path, *more: str) -> int:
    return main(["rank", "--demands", DEMANDS, "--profiles", PROFILES, "--out", str(out), *more])


def rows(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()]


def test_a_run_to_all_depth_lists_every_profile_with_the_vetoed_last(tmp_path):
    out = tmp_path / "run.trec"
    assert rank(out, "--depth", "all") == 0
    found = [row for row in rows(out) if row[0] == "need-archive"]
    assert [row[3] for row in found] == ["1", "2", "3", "4", "5"]
    assert [found[0][2], found[-1][2]] == ["scans", "cloud"]
    scores = [float(row[4]) for row in found]
    assert scores == sorted(scores, reverse=True)


def test_ranking_for_profiles_gives_each_profile_its_demands_with_the_same_scores(tmp_path):
    rank(tmp_path / "demands.trec")
    rank(tmp_path / "profiles.trec", "--for", "profiles")
    one = {(row[0], row[2]): float(row[4]) for row in rows(tmp_path / "demands.trec")}
    other = {(row[2], row[0]): float(row[4]) for row in rows(tmp_path / "profiles.trec")}
    assert other == pytest.approx(one, abs=1e-5)


def test_evaluate_prints_json(tmp_path, capsys):
    rank(tmp_path / "run.trec", "--depth", "3")
    (tmp_path / "q.tsv").write_text("need-leak\t0\tpipes\t3\nneed-leak\t0\tposter\t0\n")
    assert main(["evaluate", "--run", str(tmp_path / "run.trec"), "--qrels", str(tmp_path / "q.tsv")]) == 0
    assert json.loads(capsys.readouterr().out)["Success(rel=3)@1"] == 1.0


def test_bad_lines_of_both_files_are_listed_and_nothing_is_written(tmp_path, capsys):
    (tmp_path / "d.jsonl").write_text('{"id": "d1"}\n')
    (tmp_path / "p.jsonl").write_text("nonsense\n")
    out = tmp_path / "run.trec"
    code = main(["rank", "--demands", str(tmp_path / "d.jsonl"), "--profiles", str(tmp_path / "p.jsonl"),
                 "--out", str(out)])  # fmt: skip
    said = capsys.readouterr().err
    assert code == 2
    assert "d.jsonl:1: 'title' is missing" in said
    assert "p.jsonl:1: not valid JSON" in said
    assert not out.exists()


def test_a_missing_file_is_named(tmp_path, capsys):
    assert main(["evaluate", "--run", str(tmp_path / "no.trec"), "--qrels", str(tmp_path / "no.tsv")]) == 2
    assert "no.trec" in capsys.readouterr().err


def test_a_model_that_cannot_be_loaded_is_said_and_nothing_is_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MATCHING_MODEL", str(tmp_path / "nowhere"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert rank(tmp_path / "run.trec") == 2
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "run.trec").exists()


def test_the_embedded_encoder_never_imports_torch(tmp_path):
    program = (
        "import sys; from matching.commands import main; "
        f"code = main(['rank', '--demands', {DEMANDS!r}, '--profiles', {PROFILES!r}, "
        f"'--out', {str(tmp_path / 'run')!r}]); "
        "sys.exit(code or ('torch' in sys.modules) or ('sentence_transformers' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_the_ranker_learns_its_weights_from_graded_pairs(tmp_path, capsys, monkeypatch):
    (tmp_path / "q.tsv").write_text(
        "need-leak 0 pipes 3\nneed-leak 0 poster 0\nneed-archive 0 scans 3\nneed-archive 0 cloud 0\n"
        "need-orchard 0 leaves 3\n"
    )
    out = tmp_path / "ranker.json"
    assert main(["train", "--demands", DEMANDS, "--profiles", PROFILES, "--qrels", str(tmp_path / "q.tsv"),
                 "--out", str(out)]) == 0  # fmt: skip
    stored = json.loads(out.read_text())
    assert stored["weights"]["words"] > 0
    assert stored["weights"]["credential"] <= 0
    assert stored["cross_validated"] == json.loads(capsys.readouterr().out)

    monkeypatch.setenv("MATCHING_RANKER", str(out))
    assert rank(tmp_path / "run.trec") == 0
    assert rows(tmp_path / "run.trec")[0][2] == "pipes"


def test_a_ranker_file_that_is_none_is_named(tmp_path, capsys, monkeypatch):
    (tmp_path / "ranker.json").write_text('{"base": 1}')
    monkeypatch.setenv("MATCHING_RANKER", str(tmp_path / "ranker.json"))
    assert rank(tmp_path / "run.trec") == 2
    assert "ranker.json" in capsys.readouterr().err
