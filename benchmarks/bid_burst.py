"""500 bids in the last 5 seconds before a deadline, from 50 clients at once, over HTTP against a real server.

    python benchmarks/bid_burst.py [--bids 500] [--clients 50] [--workers 4] [--threads 8] [--only postgresql|sqlite]

PostgreSQL (an own server, started here; its disk flushes are off) behind gunicorn, SQLite behind the server of
`make run`. Every tenth client breaks the connection before its answer and sends again. Afterwards the bids are opened
and held against what each client was told: lost must be 0, and so must everything else that is wrong. The baseline is
as many plain reads of the demand's page by the same clients at the same pace, in the same run.
"""
from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import marketplace.models  # noqa: F401  the mappers see the whole schema
from marketplace import migrate
from marketplace.config import Settings
from marketplace.db import make_engine, transaction
from tests import processes, services
from tests.integration.tendering import burst

ENDS_AFTER = 0.5  # seconds after the deadline until which clients go on sending


@contextlib.contextmanager
def on_postgresql(folder: Path, chosen: argparse.Namespace) -> Iterator[tuple[Settings, str]]:
    """PostgreSQL, Redis for the jobs, gunicorn."""
    binaries, redis = services.postgresql_binaries(), services.redis_binary()
    if binaries is None or redis is None:
        sys.exit("PostgreSQL and Redis are needed: apt-get install postgresql redis-server")
    with services.running_postgresql(binaries) as server, services.running_redis(redis) as redis_url:
        server.execute("CREATE DATABASE burst")
        settings = Settings(server.url("burst"), "only-for-this-run", folder, redis_url=redis_url)
        migrate.upgrade(settings.database_url)
        with burst.gunicorn(settings, workers=chosen.workers, threads=chosen.threads) as address:
            yield settings, address


@contextlib.contextmanager
def on_sqlite(folder: Path, _chosen: argparse.Namespace) -> Iterator[tuple[Settings, str]]:
    """What `make run` starts: one file, one process, eight threads."""
    settings = Settings(f"sqlite:///{folder / 'burst.db'}", "only-for-this-run", folder)
    migrate.upgrade(settings.database_url)
    with processes.serving(settings) as address:
        yield settings, address


def measure(name: str, settings: Settings, address: str, load: burst.Load) -> bool:
    """Run the burst and the baseline, print both; whether nothing was wrong."""
    engine = make_engine(settings.database_url)
    with transaction(engine) as session:
        market = burst.people(session, load.bids)
    burst.get(address, "/demands")
    code, deadline = burst.publish(engine, market, opens_for=load.before + 1)
    sent = burst.run(address, code, deadline, load)
    outcome = burst.judge(engine, market, sent, deadline)
    reads = burst.pages(address, f"/demands/{code}", load)
    engine.dispose()
    bids = [one.seconds for one in sent]
    print(f"{name}: {len(sent)} bids of {load.clients} clients, {burst.environment_note()}")
    print(f"  acknowledged {len(outcome.acknowledged)}, late {len(outcome.late)} (of these "
          f"{len(outcome.caught_waiting)} left before the deadline), busy {len(outcome.busy)}, "
          f"lost {len(outcome.lost)}, otherwise wrong {len(outcome.wrong)}")
    for line in outcome.wrong[:10]:
        print(f"  {line}")
    for share in (50, 95):
        bid, read = burst.milliseconds(bids, share), burst.milliseconds(reads, share)
        print(f"  p{share}: bid {bid:.0f} ms, page read {read:.0f} ms, ratio {bid / read:.2f}")
    return not (outcome.lost or outcome.wrong)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bids", type=int, default=500)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--only", choices=["postgresql", "sqlite"])
    chosen = parser.parse_args()
    load = burst.Load(chosen.bids, chosen.clients, before=chosen.seconds, after=ENDS_AFTER)
    good = True
    for name, serving in (("postgresql", on_postgresql), ("sqlite", on_sqlite)):
        if chosen.only in (None, name):
            with tempfile.TemporaryDirectory() as folder, serving(Path(folder), chosen) as (settings, address):
                good = measure(name, settings, address, load) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
