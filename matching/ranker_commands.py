"""`python -m matching compare`, `train`, `promote` and `reliability`: the ranker, made and judged."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from matching.errors import BadInput, BadLine, gather

EXIT_REFUSED = 1


def add(commands: argparse._SubParsersAction) -> None:
    """Add the commands to the parser's."""
    compare = commands.add_parser(
        "compare",
        help="print named rankers in one table",
        description="BM25, TF-IDF, dense, fused and ranked over one judged set, with paired bootstrap intervals "
        "over demands (2,000 draws, a fixed seed) of the nDCG@10 difference to the cross-validated ranking.",
    )
    _judged_set(compare)
    compare.add_argument("--excluded", type=Path, default=None,
                         help="TSV of (demand, profile) pairs that a stated condition rules out")  # fmt: skip
    compare.set_defaults(run=_compare)

    train = commands.add_parser(
        "train",
        help="fit the ranker's weights on graded pairs and outcomes",
        description="Weights fitted on graded pairs, and on what became of suggestions, corrected for where they "
        "were shown. With MATCHING_RERANKER set its blend is fitted too. Prints cross-validated metrics.",
    )
    _judged_set(train)
    train.add_argument("--outcomes", type=Path, default=None, help="JSONL of events on suggestions that were shown")
    train.add_argument("--outcome-demands", type=Path, default=None, help="their demands (default: --demands)")
    train.add_argument("--outcome-profiles", type=Path, default=None, help="their profiles (default: --profiles)")
    train.add_argument("--on", type=_day, default=None, metavar="YYYY-MM-DD", help="the day to write into the file")
    train.add_argument("--out", type=Path, required=True, help="ranker file to write")
    train.set_defaults(run=_train)

    promote = commands.add_parser(
        "promote",
        help="put a ranker file into use, unless it is worse",
        description="Judges the candidate beside the ranker in use on a held set and refuses it (exit code 1) if its "
        "mean nDCG@10 is more than the margin lower, if trap rises, or if it was fitted on the held set, with "
        "another encoder or with other features. The ranker it replaces is kept beside it.",
    )
    promote.add_argument("--candidate", type=Path, required=True, help="ranker file to judge")
    promote.add_argument("--held", type=Path, nargs=3, required=True, metavar=("D", "P", "Q"),
                         help="demands, profiles and qrels it was not fitted on")  # fmt: skip
    promote.add_argument("--margin", type=float, default=None, help="nDCG@10 it may lose (default 0.005)")
    promote.add_argument("--to", type=Path, default=None, help="the file in use (default: the shipped one)")
    promote.set_defaults(run=_promote)

    reliability = commands.add_parser(
        "reliability", help="print predicted chances against judged ones; draw them",
        description="Every demand scored by weights fitted without it; chances against grades in tenths.",
    )  # fmt: skip
    _judged_set(reliability)
    reliability.add_argument("--figure", type=Path, default=None, help="SVG file to write")
    reliability.set_defaults(run=_reliability)


def _judged_set(command: argparse.ArgumentParser) -> None:
    command.add_argument("--demands", type=Path, required=True, help="JSONL file of demands")
    command.add_argument("--profiles", type=Path, required=True, help="JSONL file of profiles")
    command.add_argument("--qrels", type=Path, required=True, help="TREC qrels file of grades 0 to 3")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a day as YYYY-MM-DD") from error


def _read(options: argparse.Namespace):
    """The demands that are judged, the profiles, the grades."""
    from matching.records import read_demands, read_profiles
    from matching.trec import read_qrels

    demands, profiles, grades = gather(
        lambda: read_demands(options.demands),
        lambda: read_profiles(options.profiles),
        lambda: read_qrels(options.qrels),
    )
    judged = [demand for demand in demands if demand.id in grades]
    if len(judged) < 2:
        raise BadInput([BadLine(str(options.qrels), 0, "judges fewer than two of the demands")])
    return judged, profiles, grades


def _compare(options: argparse.Namespace) -> None:
    from matching import compare
    from matching.encode import default_encoder
    from matching.trec import read_pairs

    demands, profiles, grades = _read(options)
    excluded = read_pairs(options.excluded) if options.excluded else []
    encoder = default_encoder()
    found = compare.runs(demands, profiles, grades, encoder)
    print(f"{encoder.version}: {len(demands)} demands, {len(profiles)} profiles\n")
    print(compare.table(found, grades, excluded))


def _train(options: argparse.Namespace) -> None:
    from matching import registry, train
    from matching.encode import default_encoder
    from matching.engine import in_use
    from matching.trec import evaluate

    demands, profiles, grades = _read(options)
    shown_on = _read_outcomes(options)
    encoder = default_encoder()
    data = train.examples(demands, profiles, grades, encoder)
    shown = train.outcome_examples(*shown_on, encoder, graded=demands) if shown_on else None
    ranker = train.train(data, shown)
    ids = sorted(profile.id for profile in profiles)
    run = {
        demand.id: dict(zip(ids, map(float, row), strict=True))
        for demand, row in zip(demands, ranker.held_out, strict=True)
    }
    metrics = evaluate(run, grades)
    provenance = registry.Provenance(data.digest, encoder.version, options.on, registry.digest(in_use()))
    reranker = _reranker(ranker, data, demands, profiles)
    registry.write(
        options.out,
        registry.document(ranker, data, provenance, metrics=metrics, outcomes=shown, reranker=reranker),
    )
    if shown is not None:
        looked = shown.looked
        print(f"outcomes: {len(shown.target)} pairs, {shown.skipped} events on others left out; "
              f"examination {looked.source}, eta {looked.eta:.2f}", file=sys.stderr)  # fmt: skip
    print(json.dumps(metrics, indent=2))


def _read_outcomes(options: argparse.Namespace):
    """The demands, profiles and events that outcomes are about; None where none are given."""
    from matching.outcomes import read_outcomes
    from matching.records import read_demands, read_profiles

    if options.outcomes is None:
        return None
    return gather(
        lambda: read_demands(options.outcome_demands or options.demands),
        lambda: read_profiles(options.outcome_profiles or options.profiles),
        lambda: read_outcomes(options.outcomes),
    )


def _reranker(ranker, data, demands, profiles) -> dict[str, object] | None:
    """The blend of the reranker MATCHING_RERANKER names, fitted on cross-validated scores; None without one."""
    import numpy as np

    from matching import train
    from matching.rerank import default_blend

    blend = default_blend(None)
    if blend.reranker is None:
        return None
    ordered = sorted(profiles, key=lambda profile: profile.id)
    chances = np.stack([
        blend.read([(demand, profile) for profile in ordered], row, lambda _: True)
        for demand, row in zip(demands, ranker.held_out, strict=True)
    ])
    weight, shift = train.calibrate_reranker(ranker.held_out, chances, data.target)
    return {"model": blend.reranker.version, "weight": round(weight, 6), "shift": round(shift, 6), "depth": blend.depth}


def _promote(options: argparse.Namespace) -> int:
    from matching import registry
    from matching.encode import default_encoder
    from matching.engine import RANKER

    options.demands, options.profiles, options.qrels = options.held
    demands, profiles, grades = _read(options)
    current = options.to or RANKER
    margin = registry.MARGIN if options.margin is None else options.margin
    verdict = registry.judge(
        options.candidate, current, demands, profiles, grades, default_encoder(), margin=margin
    )
    print(verdict.report())
    if verdict.refusals:
        return EXIT_REFUSED
    print(f"kept: {registry.promote(options.candidate, current)}", file=sys.stderr)
    return 0


def _reliability(options: argparse.Namespace) -> None:
    from matching import reliability, train
    from matching.encode import default_encoder

    demands, profiles, grades = _read(options)
    encoder = default_encoder()
    data = train.examples(demands, profiles, grades, encoder)
    found = reliability.measure(train.train(data).held_out, data.target)
    print(reliability.table(found))
    if options.figure:
        title = f"{encoder.version}：{len(demands)} × {len(profiles)}"
        try:
            options.figure.write_text(reliability.figure(found, title), encoding="utf-8")
        except OSError as error:
            raise BadInput([BadLine(str(options.figure), 0, f"cannot be written: {error}")]) from error
