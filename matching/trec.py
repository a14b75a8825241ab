"""TREC run and qrels files, and the metrics read from them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from matching.errors import BadInput, BadLine
from matching.types import Match

TAG = "jiebang"
VETOED_OFFSET = 1_000_000.0
"""Taken off the score of a vetoed match in a run file, so that it ranks after every eligible one."""

GRADES = range(4)
Grades = Mapping[str, Mapping[str, int]]


def run_lines(topic: str, matches: Iterable[tuple[str, Match]]) -> list[str]:
    """Lines "topic Q0 document rank score tag"; matches are (document id, match), best first."""
    return [
        f"{topic} Q0 {document} {rank} {_written(match)!r} {TAG}"
        for rank, (document, match) in enumerate(matches, start=1)
    ]


def _written(match: Match) -> float:
    return match.score if match.eligible else match.score - VETOED_OFFSET


def read_run(path: Path) -> dict[str, dict[str, float]]:
    """topic -> document -> score. Raises BadInput with every bad line."""
    run: dict[str, dict[str, float]] = {}
    bad = []
    for number, parts in _rows(path):
        try:
            topic, _, document, _, score, *_ = parts
            value = float(score)
            if not math.isfinite(value):
                raise ValueError
            run.setdefault(topic, {})[document] = value
        except ValueError:
            bad.append(BadLine(str(path), number, "expected: topic Q0 document rank score tag"))
    if bad:
        raise BadInput(bad)
    return run


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """topic -> document -> grade. Raises BadInput with every bad line."""
    grades: dict[str, dict[str, int]] = {}
    bad = []
    for number, parts in _rows(path):
        try:
            topic, _, document, grade = parts
            if int(grade) not in GRADES:
                raise ValueError
            grades.setdefault(topic, {})[document] = int(grade)
        except ValueError:
            bad.append(BadLine(str(path), number, "expected: topic 0 document grade, the grade a whole number 0 to 3"))
    if not grades and not bad:
        bad.append(BadLine(str(path), 0, "holds no judgements"))
    if bad:
        raise BadInput(bad)
    return grades


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """(topic, document) of each line, further words on it ignored. Raises BadInput with every bad line."""
    rows = _rows(path)
    bad = [BadLine(str(path), number, "expected: topic document") for number, parts in rows if len(parts) < 2]
    if bad:
        raise BadInput(bad)
    return [(parts[0], parts[1]) for _, parts in rows]


def _rows(path: Path) -> Iterable[tuple[int, list[str]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput([BadLine(str(path), 0, f"cannot be read: {error}")]) from error
    return [(number, line.split()) for number, line in enumerate(lines, start=1) if line.strip()]


def evaluate(run: Mapping[str, Mapping[str, float]], qrels: Grades) -> dict[str, float | int]:
    """Metrics over the judged topics (a topic without results counts as zero), by ir_measures.

    nDCG@10 has linear gain; R(rel=2)@10 and RR(rel=2) take grades 2 and 3 as relevant;
    Success(rel=3)@1 is the share of topics whose first result is a grade 3; trap is the share of
    topics where something judged 0 ranks above the best grade 3.
    """
    import ir_measures
    from ir_measures import RR, R, Success, nDCG

    wanted = [nDCG @ 10, R(rel=2) @ 10, RR(rel=2), RR(rel=3), Success(rel=3) @ 1]
    found = ir_measures.calc_aggregate(wanted, qrels, {t: dict(d) for t, d in run.items() if t in qrels})
    scores: dict[str, float | int] = {str(measure): round(found[measure], 4) for measure in wanted}
    judged = [topic for topic, grades in qrels.items() if 3 in grades.values()]
    trapped = sum(_trapped(run.get(topic, {}), qrels[topic]) for topic in judged)
    scores["trap"] = round(trapped / len(judged), 4) if judged else 0.0
    scores["topics"] = len(qrels)
    return scores


def ndcg_by_topic(run: Mapping[str, Mapping[str, float]], qrels: Grades) -> dict[str, float]:
    """nDCG@10 of each judged topic; 0 for a topic without results."""
    import ir_measures
    from ir_measures import nDCG

    found = dict.fromkeys(qrels, 0.0)
    for metric in ir_measures.iter_calc([nDCG @ 10], qrels, {t: dict(d) for t, d in run.items() if t in qrels}):
        found[metric.query_id] = metric.value
    return found


def _trapped(scores: Mapping[str, float], grades: Mapping[str, int]) -> bool:
    best = max((scores[d] for d, g in grades.items() if g == 3 and d in scores), default=-math.inf)
    worst = max((scores[d] for d, g in grades.items() if g == 0 and d in scores), default=-math.inf)
    return worst > best
