"""The commands of `python -m matching`. Exit code 0: done; 1: a ranker was refused; 2: the
input or the encoder cannot be used."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from matching import market_commands as market
from matching import ranker_commands as ranker
from matching.errors import BadInput, BadLine, MatchingError, gather

EXIT_BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors a person can mend go to stderr, one line each, without a traceback."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except MatchingError as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m matching", description="Match demands with capability profiles (JSONL files)."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _add_ranking(commands)
    _add_training(commands)
    ranker.add(commands)
    market.add(commands)
    _add_bench(commands)
    return parser


def _add_ranking(commands: argparse._SubParsersAction) -> None:
    rank = commands.add_parser(
        "rank",
        help="write a TREC run file",
        description="Rank every profile for every demand, or every demand for every profile. A profile "
        "that breaks a hard requirement ranks after all eligible ones, with its score lowered.",
    )
    rank.add_argument("--demands", type=Path, required=True, help="JSONL file of demands")
    rank.add_argument("--profiles", type=Path, required=True, help="JSONL file of profiles")
    rank.add_argument("--out", type=Path, required=True, help="run file to write")
    rank.add_argument("--for", dest="side", choices=("demands", "profiles"), default="demands",
                      help="whose ranking: each demand's profiles (default) or each profile's demands")  # fmt: skip
    rank.add_argument("--depth", type=_depth, default=None, metavar="N|all", help="results per ranking")
    rank.set_defaults(run=_rank)

    evaluate = commands.add_parser("evaluate", help="print a run's metrics as JSON")
    evaluate.add_argument("--run", dest="run_file", type=Path, required=True, help="TREC run file")
    evaluate.add_argument("--qrels", type=Path, required=True, help="TREC qrels file")
    evaluate.set_defaults(run=_evaluate)


def _add_training(commands: argparse._SubParsersAction) -> None:
    encoder = commands.add_parser("train-encoder", help="distil the embedded encoder from pair files")
    encoder.add_argument("--pairs", type=Path, nargs="+", required=True, help='JSONL(.gz) of {"zh", "en"}')
    encoder.add_argument("--out", type=Path, required=True, help="folder to write")
    encoder.add_argument("--teacher", default=None, help="sentence-transformers model of the English side")
    encoder.add_argument("--keep", type=Path, default=None, help="path stem of the teacher's vectors, reused")
    encoder.add_argument("--epochs", type=int, default=8)
    encoder.add_argument("--dimensions", type=int, default=128)
    encoder.add_argument("--vocabulary", type=int, default=90_000, help="most tokens to keep")
    encoder.set_defaults(run=_train_encoder)


def _add_bench(commands: argparse._SubParsersAction) -> None:
    bench = commands.add_parser(
        "bench",
        help="measure indexes and pipeline at any size",
        description="Build a made-up market, query it, and print times, memory and recall next to exact numpy "
        "search and sentence-transformers' semantic_search in the same run.",
    )
    bench.add_argument("--profiles", type=_depth, default=100_000, metavar="N", help="how many (default 100000)")
    bench.add_argument("--queries", type=_depth, default=200, metavar="Q")
    bench.add_argument("--dir", type=Path, default=None, help="build here and keep it; else a temporary folder")
    bench.add_argument("--reuse", action="store_true", help="ask the index built in --dir before")
    kind = bench.add_mutually_exclusive_group()
    kind.add_argument("--dense-only", action="store_true", help="vectors of 256 dimensions without texts")
    kind.add_argument("--encode", action="store_true", help="texts per second against TfidfVectorizer")
    bench.set_defaults(run=_bench)


def _bench(options: argparse.Namespace) -> None:
    from matching.bench import encoding, run

    plan = run.Plan(options.profiles, options.queries, options.dir, options.reuse and options.dir is not None)
    measure = encoding.measure if options.encode else run.dense_only if options.dense_only else run.full
    measure(plan, lambda line: print(line, flush=True))


def _depth(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("a number of 1 or more, or 'all'")
    return int(text)


def _rank(options: argparse.Namespace) -> None:
    from matching.engine import Engine
    from matching.trec import run_lines

    demands, profiles = _read_both(options)
    engine = Engine(profiles)
    lines: list[str] = []
    if options.side == "demands":
        for demand in demands:
            found = engine.rank_profiles(
                demand, depth=options.depth, include_vetoed=True, explained=False
            )
            lines += run_lines(demand.id, [(match.profile_id, match) for match in found])
    else:
        by_profile = engine.rank_demands_for_all(demands, depth=options.depth, include_vetoed=True)
        for profile in profiles:
            lines += run_lines(profile.id, [(match.demand_id, match) for match in by_profile[profile.id]])
    _write_whole(options.out, "".join(f"{line}\n" for line in lines))
    print(f"{options.out}: {len(lines)} lines, {engine.version}", file=sys.stderr)


def _evaluate(options: argparse.Namespace) -> None:
    from matching.trec import evaluate, read_qrels, read_run

    run, qrels = gather(lambda: read_run(options.run_file), lambda: read_qrels(options.qrels))
    print(json.dumps(evaluate(run, qrels), indent=2))


def _train_encoder(options: argparse.Namespace) -> None:
    from matching.training import distil
    from matching.training.encoder import Settings

    distil.run(
        options.pairs,
        options.out,
        teacher=options.teacher,
        keep=options.keep,
        settings=Settings(epochs=options.epochs, dimensions=options.dimensions),
        vocabulary_size=options.vocabulary,
        report=lambda line: print(line, file=sys.stderr, flush=True),
    )


def _read_both(options: argparse.Namespace):
    from matching.records import read_demands, read_profiles

    return gather(lambda: read_demands(options.demands), lambda: read_profiles(options.profiles))


def _write_whole(path: Path, text: str) -> None:
    """Write all of it or nothing: a reader never finds half a run."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise BadInput([BadLine(str(path), 0, f"cannot be written: {error}")]) from error
