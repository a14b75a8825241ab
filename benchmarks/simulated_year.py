"""A simulated year of the market, day by day, as large as wanted: what happened, what it cost, and whether it adds up.

    python benchmarks/simulated_year.py [--seed 20250701] [--buyers 15] [--founders 40] [--demands 76] [--days 365]
                                        [--folder DIR]

Everybody acts by chance and habit through the operations the doors call (tests/integration/year); daily rounds are
missed on some days and run 24 times on others. SQLite. The digest on the last line covers every row of every table but
the keys drawn by chance: the same arguments give the same digest on any machine.
"""
from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import marketplace.models  # noqa: F401  the mappers see the whole schema
from marketplace import migrate
from marketplace.audit import operations as audit
from marketplace.db import make_engine, reading
from marketplace.ledger import queries as journal
from marketplace.payments import books
from marketplace.rules import money
from tests.integration.year import checks
from tests.integration.year.year import USUAL, Size, Year


def main() -> None:
    """Live the year and print it."""
    given = _arguments()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        url = f"sqlite:///{folder}/market.db"
        migrate.upgrade(url)
        engine = make_engine(url)
        began, cpu = time.perf_counter(), time.process_time()
        with checks.watching(engine) as watch:
            year = Year(engine, given.seed, Size(given.buyers, given.founders, given.demands, given.days))
            year.live()
        print(f"{given.days} days in {time.perf_counter() - began:.1f} s, {time.process_time() - cpu:.1f} s of CPU")
        _print_what_happened(year, watch)
        print("digest", checks.digest(engine))
        engine.dispose()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=20250701)
    for name, usual in USUAL._asdict().items():
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--folder", help="where the database lies while the year is lived")
    return parser.parse_args()


def _print_what_happened(year: Year, watch: checks.Watch) -> None:
    rounds = ", ".join(f"{count} days {times} times" for times, count in sorted(year.rounds.items()))
    print(f"daily rounds: {rounds}")
    for title, counts in (("done", year.done), ("refused", year.refused)):
        print(f"\n{title}: {counts.total()}")
        for name, count in sorted(counts.items()):
            print(f"  {name:<36}{count:>7}")
    with reading(year.engine) as session:
        owed = checks.every_obligation(session)
        late = checks.overdue(session, today=year.last)
        print(f"\nobligations: {len(owed)}, settled {sum(one.settled_on is not None for one in owed)}, "
              f"overdue on the last day {len(late)}")
        print(f"journal entries: {journal.size(session)}, audit entries: {audit.size(session)}, "
              f"chain intact: {audit.verify(session).intact}")
        for account, fen in sorted(checks.account_totals(session).items()):
            print(f"  {account:<36}{money.format_fen(fen):>18}")
        print(f"faults in the books: {len(list(books.faults(session, today=year.last)))}, "
              f"contracts that do not add up: {len(checks.contracts_that_do_not_add_up(session))}, "
              f"steps not taken: {len(checks.steps_not_taken(session, today=year.last))}, "
              f"moves outside the tables of states: {len(watch.moves - checks.allowed_moves())}")


if __name__ == "__main__":
    main()
