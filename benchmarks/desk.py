"""How fast the operator's desk is: pages of a large market against a bare SELECT of the same rows in the same run.

    python benchmarks/desk.py [--contracts 20000] [--postgresql URL]

Builds a market by bulk insert (two milestones a contract, deliveries, payments, disputes; a fifth late), then prints
queries and best-of-three times of what the desk's page does. Baseline: one SELECT that reads every milestone with its
contract and obligation, and hands each row to Python.
"""
from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, insert, select
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import marketplace.models  # noqa: F401  the mappers see the whole schema
from marketplace import migrate
from marketplace.accounts.models import Organisation, User
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.db import make_engine
from marketplace.demand.models import Demand
from marketplace.oversight import charts, flags
from marketplace.oversight.filters import Filters, Layout, Sort, View
from marketplace.oversight.queries import Desk, standing_views
from marketplace.payments.models import Dispute, Obligation, Payment
from marketplace.tendering.models import Award, Bid

TODAY = dt.date(2026, 11, 17)
NOON = dt.time(4, tzinfo=dt.UTC)
BUYERS, FOUNDERS = 200, 2_000
CHUNK = 5_000


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, NOON)


def fill(engine: Engine, contracts: int) -> None:
    """Insert the market in bulk; the same numbers every time."""
    chance = random.Random(7)  # noqa: S311
    rows: dict[type, list[dict[str, Any]]] = {kind: [] for kind in (
        Organisation, User, Demand, Bid, Award, Contract, Milestone, Delivery, Obligation, Payment, Dispute)}
    for key in range(1, BUYERS + FOUNDERS + 2):
        role = "operator" if key == 1 else "buyer" if key <= BUYERS + 1 else "founder"
        rows[Organisation].append({
            "id": key, "uscc": f"{key:018d}", "name": f"{role} {key}", "role": role, "state_owned": False, "region": "",
            "payer_type": ("large_enterprise", "government")[key % 2] if role == "buyer" else None,
            "size_class": "micro" if role == "founder" else None, "created_at": moment(TODAY)})
        rows[User].append({"id": key, "organisation_id": key, "email": f"{key}@example.com", "display_name": str(key),
                           "session_epoch": 1, "created_at": moment(TODAY)})
    for key in range(1, contracts + 1):
        _contract(rows, key, chance)
    with Session(engine) as session, session.begin():
        for kind, made in rows.items():
            for start in range(0, len(made), CHUNK):
                session.execute(insert(kind), made[start:start + CHUNK])


def _contract(rows: dict[type, list[dict[str, Any]]], key: int, chance: random.Random) -> None:
    buyer, founder = 2 + key % BUYERS, 2 + BUYERS + key % FOUNDERS
    awarded = TODAY - dt.timedelta(days=chance.randrange(5, 700))
    signed = awarded + dt.timedelta(days=3)
    at, payer = moment(awarded), ("large_enterprise", "government")[buyer % 2]
    terms = {"start_basis": "delivery", "term_days": 30, "allocation": "principal_first"}
    rows[Demand].append({"id": key, "code": f"JB-{key}", "buyer_id": buyer, "title": f"demand {key}", "scene": "",
                         "data_offered": "", "description": "x", "industry": "", "region": "", "budget_fen": 2_000_000,
                         "duration_days": 30, "status": "complete", "created_at": at, "updated_at": at,
                         "published_at": at, "bid_deadline": at, "opened_at": at, **terms})
    rows[Bid].append({"id": key, "demand_id": key, "founder_id": founder, "version": 1, "status": "awarded",
                      "ciphertext": b"", "commitment": "0" * 64, "received_at": at, "opened_at": at,
                      "price_fen": 2_000_000, "plan": "x", "milestones": []})
    rows[Award].append({"id": key, "demand_id": key, "bid_id": key, "reason": "x", "ranking": [],
                        "awarded_by_id": buyer, "awarded_at": at})
    rows[Contract].append({"id": key, "number": f"HT-{key}", "demand_id": key, "award_id": key, "buyer_id": buyer,
                           "founder_id": founder, "title": f"demand {key}", "total_fen": 2_000_000, "status": "active",
                           "payer_type": payer, "payee_size_at_signing": "micro", "sme_declared_at_signing": True,
                           "text": "x", "text_hash": "0" * 64, "buyer_confirmed_at": at, "founder_confirmed_at": at,
                           "signed_on": signed, "created_at": at, **terms})
    for position in (1, 2):
        _milestone(rows, key, position, signed, chance)


def _milestone(rows: dict[type, list[dict[str, Any]]], contract: int, position: int, signed: dt.date,
               chance: random.Random) -> None:
    key = contract * 2 + position - 2
    planned = signed + dt.timedelta(days=30 * position)
    delivered = planned if planned < TODAY else None
    rows[Milestone].append({"id": key, "contract_id": contract, "position": position, "title": f"part {position}",
                            "amount_fen": 1_000_000, "planned_days": 30 * position, "planned_on": planned,
                            "status": "met" if delivered else "scheduled"})
    if delivered is None:
        return
    due = delivered + dt.timedelta(days=30)
    paid = due + dt.timedelta(days=chance.randrange(-10, 30)) if chance.random() < .8 else None
    paid = paid if paid and paid <= TODAY else None
    who = 2 + BUYERS + contract % FOUNDERS
    rows[Delivery].append({"id": key, "milestone_id": key, "delivered_on": delivered, "note": "", "decision": "passed",
                           "delivered_by_id": who, "recorded_at": moment(delivered), "decided_on": delivered})
    rows[Obligation].append({"id": key, "milestone_id": key, "contract_id": contract, "amount_fen": 1_000_000,
                             "facts": {}, "basis": [], "term_start": delivered, "nominal_due_on": due, "due_on": due,
                             "provisional": False, "settled_on": paid, "created_at": moment(delivered)})
    if paid:
        rows[Payment].append({"id": key, "obligation_id": key, "amount_fen": 1_000_000, "paid_on": paid,
                              "instrument": "transfer", "bank_reference": str(key), "status": "confirmed",
                              "recorded_by_id": 2 + contract % BUYERS, "recorded_at": moment(paid),
                              "answered_at": moment(paid)})
    elif key % 20 == 0:
        rows[Dispute].append({"id": key, "obligation_id": key, "disputed_fen": 100_000, "reason": "x",
                              "opened_on": delivered, "status": "open"})


class Counter:
    """Counts the statements an engine executes."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "before_cursor_execute", lambda *_: setattr(self, "count", self.count + 1))


def best(engine: Engine, counter: Counter, work: Callable[[Session], Any], times: int = 3) -> tuple[float, int, Any]:
    """(seconds, statements, result) of the fastest run, each in a session of its own."""
    found = []
    for _ in range(times):
        with Session(engine) as session:
            before, start = counter.count, time.perf_counter()
            result = work(session)
            found.append((time.perf_counter() - start, counter.count - before, result))
    return min(found, key=lambda one: one[0])


def bare(session: Session) -> int:
    """The baseline: every milestone with its contract and obligation, read and handed to Python."""
    query = select(Milestone.__table__, Contract.number, Contract.signed_on, Contract.payer_type, Obligation.due_on,
                   Obligation.settled_on, Obligation.amount_fen).join(
        Contract, Milestone.contract_id == Contract.id).outerjoin(Obligation, Obligation.milestone_id == Milestone.id)
    return len(session.execute(query).all())


def tasks() -> dict[str, Callable[[Session], Any]]:
    """What is timed, by name."""
    def desk(session: Session, day: dt.date = TODAY) -> Desk:
        return Desk(session, as_of=day, viewer_id=1)

    late = Filters(view=View.LATE)
    return {
        "page: late": lambda session: len(desk(session).find(late).lines),
        "page: late, by contract": lambda session: len(desk(session).find(
            Filters(view=View.LATE, layout=Layout.CONTRACTS)).lines),
        "page: text and amount, by due date": lambda session: len(desk(session).find(
            Filters(q="demand 77", amount_min=1, sort=Sort.DUE)).lines),
        "page: a year ago": lambda session: len(desk(session, TODAY - dt.timedelta(days=365)).find(late).lines),
        "page: red flag P7": lambda session: len(desk(session).find(Filters(flag=("P7",))).lines),
        "counters of all standing views": lambda session: desk(session).counts(standing_views())[View.ALL],
        "totals": lambda session: desk(session).totals().late,
        "all red flags": lambda session: len(flags.raised(session, as_of=TODAY)),
        "chart: 13 weeks": lambda session: len(charts.overdue_by_week(session, as_of=TODAY)),
        "chart: funnel": lambda session: charts.funnel(session, as_of=TODAY)[0].count,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contracts", type=int, default=20_000)
    parser.add_argument("--postgresql", help="an empty database; default: SQLite in a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.postgresql or f"sqlite:///{Path(folder) / 'desk.db'}"
        migrate.upgrade(url)
        engine = make_engine(url)
        fill(engine, options.contracts)
        with engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
        counter = Counter(engine)
        base, _, rows = best(engine, counter, bare)
        print(f"{options.contracts} contracts, {rows} milestones on {engine.dialect.name}")
        print(f"{'':36} {'rows':>7} {'queries':>8} {'seconds':>8} {'ratio':>6}")
        print(f"{'bare SELECT of every milestone':36} {rows:7} {1:8} {base:8.3f} {1:6.1f}")
        for name, work in tasks().items():
            seconds, queries, result = best(engine, counter, work)
            print(f"{name:36} {result:7} {queries:8} {seconds:8.3f} {seconds / base:6.1f}")
        engine.dispose()


if __name__ == "__main__":
    main()
