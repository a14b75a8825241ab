"""The daily round over a million open obligations, against one plain SQL scan of the same rows in the same run.

    python benchmarks/tick_million.py [--obligations 1000000] [--postgresql URL] [--folder DIR]

SQLite unless a PostgreSQL URL is given (an empty database; its tables are made here). The market is made up, its
rows are those the operations write: terms of 60 days from delivery, everything past taken off the ladder up to the
day before, contacts named by half of the buyers. The round is that of one ordinary Wednesday. The baseline reads
every open obligation's row once with a bare driver cursor. Peak memory is that of the process above what it held
before the round; run it with --obligations 100000 to compare.
"""
from __future__ import annotations

import argparse
import datetime as dt
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import marketplace.models  # noqa: F401  the mappers see the whole schema
from marketplace import jobs, migrate, reference
from marketplace.accounts.models import Organisation, User
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.db import make_engine
from marketplace.demand.models import Demand
from marketplace.enforcement.models import BuyerContact, EscalationStep
from marketplace.notices.models import Mail, Notice
from marketplace.payments import ladder
from marketplace.payments.models import Obligation
from marketplace.payments.statements import facts_json, steps_json
from marketplace.rules import uscc
from marketplace.rules.payment_facts import (
    Allocation,
    EnterpriseSize,
    PayerType,
    PaymentFacts,
    StartBasis,
)
from marketplace.rules.statement import Statement, statement
from marketplace.tendering.models import Award, Bid

TODAY = dt.date(2026, 3, 4)
NOON = dt.time(4, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
PER_CONTRACT, BUYERS, FOUNDERS, BATCH = 5, 2_000, 20_000, 20_000
OLDEST = 400  # days since delivery of the oldest open obligation
AMOUNTS = (800_000, 1_500_000, 2_400_000, 3_600_000, 5_000_000, 7_500_000, 12_000_000)


def still_open(age: int) -> float:
    """The share of deliveries not paid this many days after delivery: buyers pay from day 30 on, 40 % of it is left
    on the last day (60), a quarter the day after, and the rest is paid over the following year."""
    if age <= 30:
        return 1.0
    if age <= 60:
        return 1.0 - 0.02 * (age - 30)
    return 0.25 * 0.985 ** (age - 60)


def found_for(delivered: dt.date, amount_fen: int) -> Statement:
    """The statement of yesterday of what was delivered on a day."""
    facts = PaymentFacts(
        payer_type=PayerType.LARGE_ENTERPRISE, payee_size_at_signing=EnterpriseSize.MICRO,
        contract_signed=delivered - 20 * DAY, amount_fen=amount_fen, start_basis=StartBasis.DELIVERY,
        sme_declared_at_signing=True, delivery_date=delivered, allocation=Allocation.PRINCIPAL_FIRST)
    return statement(facts, as_of=TODAY - DAY, calendar=reference.calendar(), lpr=reference.lpr_table())


def build(connection: Connection, count: int) -> None:
    """Organisations, contracts, milestones, deliveries, obligations and the steps taken up to yesterday."""
    rng = random.Random(5)  # noqa: S311  a made-up market
    began = dt.datetime.combine(TODAY - (OLDEST + 40) * DAY, NOON)
    people(connection, began)
    weights = [still_open(age) for age in range(OLDEST)]
    ages = rng.choices(range(OLDEST), weights, k=-(-count // PER_CONTRACT))
    for start in range(0, len(ages), BATCH // PER_CONTRACT):
        some = list(enumerate(ages[start:start + BATCH // PER_CONTRACT], start + 1))
        contracts(connection, some, rng)
        owed(connection, some, rng)


def people(connection: Connection, began: dt.datetime) -> None:
    roles = [("operator", 1), ("buyer", BUYERS), ("founder", FOUNDERS)]
    rows = [{"role": role, "payer_type": "large_enterprise" if role == "buyer" else None,
             "size_class": "micro" if role == "founder" else None, "created_at": began, "region": "",
             "state_owned": False}
            for role, many in roles for _ in range(many)]
    for number, row in enumerate(rows, 1):
        row |= {"id": number, "uscc": uscc.complete(f"9133{number:06d}MA1A{number % 10000:04d}"[:16]),
                "name": f"第 {number} 家公司"}
    connection.execute(insert(Organisation.__table__), rows)
    connection.execute(insert(User.__table__), [
        {"id": row["id"], "organisation_id": row["id"], "email": f"{row['id']}@example.com", "display_name": "负责人",
         "session_epoch": 1, "created_at": began} for row in rows])
    connection.execute(insert(BuyerContact.__table__), [
        {"organisation_id": row["id"], "role": role, "name": "财务", "email": f"{role}{row['id']}@example.com",
         "phone": "", "language": "zh", "updated_at": began}
        for row in rows if row["role"] == "buyer" and row["id"] % 2 for role in ("finance", "head")])


def contracts(connection: Connection, some: list[tuple[int, int]], rng: random.Random) -> None:
    body = "甲乙双方就本合同约定的服务达成一致。" * 120  # a contract's text has some 2,000 characters
    rows: dict[Any, list[dict[str, Any]]] = {table: [] for table in (Demand, Bid, Award, Contract)}
    for number, age in some:
        delivered = TODAY - age * DAY
        buyer, founder = rng.randrange(2, BUYERS + 2), rng.randrange(BUYERS + 2, BUYERS + FOUNDERS + 2)
        moment, total = dt.datetime.combine(delivered - 25 * DAY, NOON), 5_000_000
        rows[Demand].append({
            "id": number, "code": f"JB-{number:07d}", "buyer_id": buyer, "title": "水表读数识别", "description": "识别",
            "budget_fen": total, "duration_days": 30, "status": "complete", "start_basis": "delivery",
            "allocation": "principal_first", "pay_when_paid_clause": False, "created_at": moment, "updated_at": moment,
            "published_at": moment, "bid_deadline": moment, "opened_at": moment,
            "scene": "", "data_offered": "", "industry": "", "region": "", "required_skills": [], "deliverables": [],
            "required_certifications": [], "acceptance_criteria": [], "set_aside": False, "data_provided": False,
            "remote_ok": True})
        rows[Bid].append({"id": number, "demand_id": number, "founder_id": founder, "version": 1, "status": "awarded",
                          "ciphertext": b"", "commitment": "0" * 64, "received_at": moment, "opened_at": moment,
                          "price_fen": total, "plan": "两周一版", "milestones": []})
        rows[Award].append({"id": number, "demand_id": number, "bid_id": number, "reason": "总分最高", "ranking": [],
                            "awarded_by_id": buyer, "awarded_at": moment})
        rows[Contract].append({
            "id": number, "number": f"HT-{number:07d}", "demand_id": number, "award_id": number, "buyer_id": buyer,
            "founder_id": founder, "title": "水表读数识别", "total_fen": total, "status": "active",
            "payer_type": "large_enterprise", "payee_size_at_signing": "micro", "sme_declared_at_signing": True,
            "text": body, "text_hash": "0" * 64, "buyer_confirmed_at": moment, "founder_confirmed_at": moment,
            "signed_on": delivered - 20 * DAY, "created_at": moment, "start_basis": "delivery",
            "pay_when_paid_clause": False, "allocation": "principal_first"})
    for table, made in rows.items():
        connection.execute(insert(table.__table__), made)


_FOUND: dict[tuple[dt.date, int], tuple[Statement, dict[str, Any], list[dict[str, Any]]]] = {}


def known(delivered: dt.date, amount_fen: int) -> tuple[Statement, dict[str, Any], list[dict[str, Any]]]:
    key = (delivered, amount_fen)
    if key not in _FOUND:
        found = found_for(*key)
        assert found.term is not None
        _FOUND[key] = (found, facts_json(found.facts), steps_json(found.term.steps))
    return _FOUND[key]


def owed(connection: Connection, some: list[tuple[int, int]], rng: random.Random) -> None:
    milestones, deliveries, obligations, steps = [], [], [], []
    for contract, age in some:
        delivered = TODAY - age * DAY
        moment = dt.datetime.combine(delivered, NOON)
        for position in range(1, PER_CONTRACT + 1):
            number, amount = (contract - 1) * PER_CONTRACT + position, rng.choice(AMOUNTS)
            found, facts, basis = known(delivered, amount)
            taken, upcoming = past_and_next(found)
            milestones.append({"id": number, "contract_id": contract, "position": position, "amount_fen": amount,
                               "title": f"第 {position} 期", "planned_days": 30, "acceptance_criteria": [],
                               "status": "delivered"})
            deliveries.append({"id": number, "milestone_id": number, "delivered_on": delivered, "note": "已交付",
                               "delivered_by_id": 1, "recorded_at": moment})
            obligations.append({
                "id": number, "milestone_id": number, "contract_id": contract, "amount_fen": amount, "facts": facts,
                "basis": basis, "term_start": found.term.start, "nominal_due_on": found.term.nominal,
                "due_on": found.due, "provisional": found.term.provisional, "next_step_on": upcoming,
                "created_at": moment})
            steps += [{"obligation_id": number, "step": one.rung.code, "round": 1, "due_on": found.due, "said": True,
                       "reached_on": one.on, "taken_on": one.on, "taken_at": moment, "edition": TODAY,
                       "status": "taken"} for one in taken]
    for table, rows in ((Milestone, milestones), (Delivery, deliveries), (Obligation, obligations),
                        (EscalationStep, steps)):
        if rows:
            connection.execute(insert(table.__table__), rows)


def past_and_next(found: Statement) -> tuple[list[Any], dt.date | None]:
    days = ladder.schedule_of(found, today=TODAY)
    return [one for one in days if one.on < TODAY], next((one.on for one in days if one.on >= TODAY), None)


def rows_of(connection: Connection, columns: str) -> Iterator[Any]:
    """Every open obligation, by the driver's own cursor."""
    cursor = connection.connection.cursor()
    cursor.execute(f"SELECT {columns} FROM obligation WHERE settled_on IS NULL")  # noqa: S608  our own words
    while some := cursor.fetchmany(1000):
        yield from some


def timed_scan(connection: Connection, columns: str) -> tuple[float, int]:
    began, count = time.perf_counter(), 0
    for _row in rows_of(connection, columns):
        count += 1
    return time.perf_counter() - began, count


def peak_mib() -> float:
    """The highest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 ** 2)


def round_of_the_day(engine: Any) -> tuple[float, dict[str, int]]:
    """The payment clock's round as the daily job does it."""
    now, began = dt.datetime.combine(TODAY, dt.time(16, 10, tzinfo=dt.UTC)) - DAY, time.perf_counter()
    counts = jobs.payment_round(TODAY, now=now, engine=engine)
    return time.perf_counter() - began, counts


def measure(engine: Any, count: int) -> None:
    with engine.connect() as connection:
        timed_scan(connection, "id")  # both start with the file read before
        scan, seen = timed_scan(connection, "*")
        lean, _ = timed_scan(connection, "id, due_on")
    before = peak_mib()
    took, counts = round_of_the_day(engine)
    again, _ = round_of_the_day(engine)
    with Session(engine) as session:
        said = session.scalar(select(func.count()).select_from(EscalationStep).where(EscalationStep.taken_on == TODAY,
                                                                                   EscalationStep.edition != TODAY))
        written = [session.scalar(select(func.count()).select_from(table)) for table in (Notice, Mail)]
    print(f"{engine.dialect.name}: {seen:,} open obligations of {count:,}, round of {TODAY:%A %Y-%m-%d}")
    print(f"  looked at {counts['obligations']:,}, steps taken {said:,}, notices {written[0]:,}, mails {written[1]:,}")
    each = took / max(counts["obligations"], 1) * 1000
    print(f"  round                              {took:8.2f} s   {each:.3f} ms each")
    print(f"  the same round again               {again:8.2f} s")
    print(f"  scan of every open row (baseline)  {scan:8.2f} s   ratio {took / scan:.2f}")
    print(f"  scan of two columns only           {lean:8.2f} s   ratio {took / lean:.2f}")
    print(f"  peak memory {peak_mib():.0f} MiB, of which the round added {peak_mib() - before:.0f} MiB")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--obligations", type=int, default=1_000_000)
    options.add_argument("--postgresql", metavar="URL", help="an empty database; its tables are made here")
    options.add_argument("--folder", type=Path, help="where the SQLite file is made (default: a temporary folder)")
    options.add_argument("--measure-only", metavar="URL", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.measure_only:  # a process of its own, so that its memory is the round's and not the building's
        measure(make_engine(chosen.measure_only), chosen.obligations)
        return
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        url = chosen.postgresql or f"sqlite:///{Path(folder) / 'tick.db'}"
        migrate.upgrade(url)
        began, engine = time.perf_counter(), make_engine(url)
        with engine.begin() as connection:
            build(connection, chosen.obligations)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        engine.dispose()
        print(f"built in {time.perf_counter() - began:.0f} s", flush=True)
        import subprocess
        subprocess.run([sys.executable, __file__, "--obligations", str(chosen.obligations), "--measure-only", url],
                       check=True)


if __name__ == "__main__":
    main()
