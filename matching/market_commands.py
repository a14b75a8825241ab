"""`python -m matching teams` and `assign`: beyond single pairs."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from matching.errors import BadInput, BadLine


def add(commands: argparse._SubParsersAction) -> None:
    """Add the two commands to the parser's."""
    teams = commands.add_parser(
        "teams",
        help="print the smallest teams for demands nobody covers alone",
        description="One JSON line for each demand: how many founders cover all of it alone, else the best pairs or "
        "trios: who covers what in which words, what nobody would cover without each, and what stays open.",
    )
    _inputs(teams)
    teams.add_argument("--limit", type=_count, default=3, help="teams for each demand (default 3)")
    teams.set_defaults(run=_teams)

    assign = commands.add_parser(
        "assign",
        help="assign invitations over the whole market",
        description="Invitations with the largest sum of chances such that no demand sends more than its quota, no "
        "founder gets more than the capacity, and newcomers get their share; conflicts are never assigned. Writes one "
        "JSON line for each invitation and prints the figures beside those of inviting each demand's best.",
    )
    _inputs(assign)
    assign.add_argument("--quota", type=_count, default=5, help="invitations a demand sends (default 5)")
    assign.add_argument("--capacity", type=_count, default=3, help="invitations a founder takes (default 3)")
    assign.add_argument("--newcomers", type=Path, default=None, help="file of profile ids, one a line")
    assign.add_argument("--floor", type=_share, default=0.2, help="newcomers' share of all invitations (default 0.2)")
    assign.add_argument("--depth", type=_count, default=60, help="founders looked at for each demand (default 60)")
    assign.add_argument("--out", type=Path, required=True, help="JSONL file to write")
    assign.set_defaults(run=_assign)


def _inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demands", type=Path, required=True, help="JSONL file of demands")
    parser.add_argument("--profiles", type=Path, required=True, help="JSONL file of profiles")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("a number of 1 or more")
    return int(text)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a number from 0 to 1")
    return value


def _engine(options: argparse.Namespace):
    from matching.engine import Engine
    from matching.records import read_demands, read_profiles

    bad: list[BadLine] = []
    found = []
    for read, path in ((read_demands, options.demands), (read_profiles, options.profiles)):
        try:
            found.append(read(path))
        except BadInput as error:
            bad.extend(error.lines)
    if bad:
        raise BadInput(bad)
    return found[0], Engine(found[1])


def _teams(options: argparse.Namespace) -> None:
    from matching.team import staff

    demands, engine = _engine(options)
    for demand in demands:
        found = staff(engine, demand, limit=options.limit)
        line = {"demand_id": demand.id, "facets": [asdict(one) for one in found.facets],
                "alone": [one.profile_id for one in found.singles], "teams": [asdict(one) for one in found.teams]}
        print(json.dumps(line, ensure_ascii=False))


def _assign(options: argparse.Namespace) -> None:
    from matching import assign

    newcomers = _ids(options.newcomers) if options.newcomers else frozenset()
    demands, engine = _engine(options)
    matches = [match for demand in demands
               for match in engine.rank_profiles(demand, depth=options.depth, explained=False)]
    pairs = assign.assign(matches, quota=options.quota, capacity=options.capacity, newcomers=newcomers,
                          floor=options.floor if newcomers else 0.0)
    simple = assign.greedy(matches, quota=options.quota, newcomers=newcomers)
    try:
        options.out.write_text("".join(f"{json.dumps(asdict(pair), ensure_ascii=False)}\n" for pair in pairs),
                               encoding="utf-8")
    except OSError as error:
        raise BadInput([BadLine(str(options.out), 0, f"cannot be written: {error}")]) from error
    print(json.dumps({name: asdict(assign.report(found, matches, capacity=options.capacity))
                      for name, found in (("assigned", pairs), ("greedy", simple))}, indent=2))
    print(f"{options.out}: {len(pairs)} invitations, {engine.version}", file=sys.stderr)


def _ids(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="utf-8-sig").split())
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput([BadLine(str(path), 0, f"cannot be read: {error}")]) from error
