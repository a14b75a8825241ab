"""A burst of bids around a deadline: real clients, a real server, a real clock; and what must be true afterwards.

Used by the test beside it and, at full scale, by benchmarks/bid_burst.py.
"""
from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.config import ROOT, Settings
from marketplace.db import reading, transaction
from marketplace.demand.models import Demand
from marketplace.tendering import keys, operations, queries
from tests import processes, services
from tests.integration.tendering import market as m

TRIES, PATIENCE = 6, 60.0
DROPPED = 10  # every tenth bid is sent, the connection broken before the answer, and sent again


@dataclass(frozen=True)
class Load:
    """How many bids from how many clients, sent from `before` seconds before the deadline to `after` seconds after."""

    bids: int
    clients: int
    before: float
    after: float


@dataclass
class Sent:
    """One bid as its founder saw it. `first` is when its first byte left, by the clock the server has too."""

    number: int
    first: dt.datetime
    seconds: float
    status: int
    code: str = ""
    commitment: str = ""
    text: str = ""


@dataclass
class Outcome:
    """What became of a burst."""

    sent: list[Sent]
    deadline: dt.datetime
    lost: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def having(self, status: int, *codes: str) -> list[Sent]:
        """The bids answered so."""
        return [one for one in self.sent if one.status == status and (not codes or one.code in codes)]

    @property
    def acknowledged(self) -> list[Sent]:
        return self.having(201)

    @property
    def late(self) -> list[Sent]:
        return self.having(409, "bid.past_deadline", "bid.not_accepting")

    @property
    def caught_waiting(self) -> list[Sent]:
        """Those of the late ones that left before the deadline: the server was too busy to take them in."""
        return [one for one in self.late if one.first <= self.deadline]

    @property
    def busy(self) -> list[Sent]:
        return self.having(503)


def people(session: Session, count: int) -> m.Market:
    """Everyone who takes part, and no demand yet: it is published when the server stands."""
    operator = m.person(session, 0, "operator")
    escrow = keys.create_platform_keys(session, operator.organisation_id, m.OPERATOR_PASSPHRASE, now=m.NOW,
                                       cost=m.CHEAP)
    buyer = m.person(session, 1, "buyer", payer_type="large_enterprise")
    keys.create_opening_key(session, buyer.organisation_id, "buyer", m.BUYER_PASSPHRASE, actor=buyer, now=m.NOW,
                            cost=m.CHEAP)
    founders = [m.founder(session, number) for number in range(1, count + 1)]
    return m.Market(operator, buyer, founders, None, escrow)  # type: ignore[arg-type]


@contextlib.contextmanager
def gunicorn(settings: Settings, *, workers: int, threads: int) -> Iterator[str]:
    """Serve as in production (loaded once, then forked); yields the address."""
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    log, port = settings.instance_path / "gunicorn.log", services.free_port()
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", str(workers), "--threads", str(threads),
               "--bind", f"127.0.0.1:{port}", "--graceful-timeout", "1", "--log-level", "warning",
               "--no-control-socket", "wsgi:app"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=processes.environment_of(settings), stdout=output,
                                   stderr=output, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process, workers)
        yield address
    finally:
        services.stop(process, signal.SIGTERM)
        written = log.read_text(errors="replace")
    assert "Traceback" not in written, written


def _wait_for(address: str, process: subprocess.Popen[bytes], workers: int) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        if process.poll() is not None or time.monotonic() > ends:
            raise RuntimeError("the server did not start")
        # Several at once, so that every worker has loaded what a page needs.
        with contextlib.suppress(OSError, http.client.HTTPException), ThreadPoolExecutor(4 * workers) as pool:
            if set(pool.map(lambda _: get(address, "/demands"), range(4 * workers))) == {200}:
                return
        time.sleep(0.1)


def get(address: str, path: str) -> int:
    """The status of one page, on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


class Client:
    """One program that hands in bids, one after another, on a connection it keeps."""

    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.connection: http.client.HTTPConnection | None = None

    def bid(self, code: str, number: int) -> Sent:
        """Hand in the bid of one founder and keep trying with the same key while the server is busy or gone."""
        body, headers = request_of(number)
        path, first, began = f"/api/v1/demands/{code}/bid", dt.datetime.now(dt.UTC), time.monotonic()
        if number % DROPPED == DROPPED - 1:
            self._send_and_hang_up(path, body, headers)
        status, said = 0, {}
        for attempt in range(TRIES):
            try:
                status, said = self._post(path, body, headers)
            except (OSError, http.client.HTTPException):
                self.close()
                continue
            if status != 503:
                break
            time.sleep(0.2 * (attempt + 1))
        return Sent(number, first, time.monotonic() - began, status, said.get("code", ""), said.get("commitment", ""),
                    said.get("text") or "")

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        read = answer.read()
        return answer.status, json.loads(read) if b"json" in answer.headers.get("Content-Type", "").encode() else {}

    def _send_and_hang_up(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        name, _, port = self.host.partition(":")
        lines = [f"POST {path} HTTP/1.1", f"Host: {self.host}", f"Content-Length: {len(body)}",
                 *(f"{key}: {value}" for key, value in headers.items()), "", ""]
        with contextlib.suppress(OSError), socket.create_connection((name, int(port)), timeout=PATIENCE) as raw:
            raw.sendall("\r\n".join(lines).encode() + body)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def request_of(number: int) -> tuple[bytes, dict[str, str]]:
    """The bid of founder `number`, with a price nobody else has, and a key and nonce that make a repeat the same."""
    price = price_of(number)
    said = {"price_fen": price, "plan": "方案" * 200, "nonce": hashlib.sha256(f"nonce {number}".encode()).hexdigest(),
            "milestones": [{"title": "全部", "amount_fen": price, "days": 60, "acceptance_criteria": ["可用"]}],
            "disclosures": {"subcontract": False, "ai_generated": False}, "related": False}
    return json.dumps(said).encode(), {"Authorization": f"Bearer key-founder{number + 1}",
                                       "Content-Type": "application/json", "Idempotency-Key": f"burst-{number}"}


def price_of(number: int) -> int:
    return 1_000_000 + number


def publish(engine: Engine, market: m.Market, *, opens_for: float) -> tuple[str, dt.datetime]:
    """Put the demand on the list with a deadline `opens_for` seconds from now: (code, deadline)."""
    now = dt.datetime.now(dt.UTC)
    deadline = now + dt.timedelta(seconds=opens_for)
    with transaction(engine) as session:
        buyer = session.merge(market.buyer, load=True)
        market.demand = m.publish(session, buyer, deadline=deadline, now=now)
        return market.demand.code, deadline


def run(address: str, code: str, deadline: dt.datetime, load: Load) -> list[Sent]:
    """Every client sends its share at its moments; a client whose answer came late goes on at once."""
    begins = deadline - dt.timedelta(seconds=load.before)
    gap = (load.before + load.after) / load.bids

    def one_client(place: int) -> list[Sent]:
        client, done = Client(address), []
        for number in range(place, load.bids, load.clients):
            wait = (begins - dt.datetime.now(dt.UTC)).total_seconds() + number * gap
            time.sleep(max(wait, 0))
            done.append(client.bid(code, number))
        client.close()
        return done

    with ThreadPoolExecutor(load.clients) as pool:
        return sorted((one for part in pool.map(one_client, range(load.clients)) for one in part),
                      key=lambda one: one.number)


def judge(engine: Engine, market: m.Market, sent: list[Sent], deadline: dt.datetime) -> Outcome:
    """Open the bids and hold them against what the clients were told."""
    outcome = Outcome(sent, deadline)
    with reading(engine) as session:
        demand = session.get_one(Demand, market.demand.id)
        outcome.wrong += [f"bid {bid.id} was received at {bid.received_at}, after the deadline"
                          for bid in queries.sealed_bids(session, demand) if bid.received_at > deadline]
    now = dt.datetime.now(dt.UTC)
    with transaction(engine) as session:
        market.demand = session.get_one(Demand, market.demand.id)
        for holder, secret, actor in (("buyer", m.BUYER_PASSPHRASE, market.buyer),
                                      ("operator", m.OPERATOR_PASSPHRASE, market.operator)):
            operations.contribute_share(session, market.demand, holder=holder, secret=secret,
                                        actor=session.merge(actor, load=True), now=now)
        opened = {bid.commitment: bid.price_fen for bid in queries.opened_bids(session, market.demand)}
        unread = queries.sealed_bids(session, market.demand)
    outcome.wrong += [f"bid {bid.id} did not open: {bid.opening_problem}" for bid in unread]
    for one in outcome.acknowledged:
        if opened.pop(one.commitment, None) != price_of(one.number):
            outcome.lost.append(one.number)
        if hashlib.sha256(one.text.encode()).hexdigest() != one.commitment:
            outcome.wrong.append(f"the receipt of bid {one.number} does not fit its text")
        if one.first > deadline:
            outcome.wrong.append(f"bid {one.number} left at {one.first}, after the deadline, and was taken")
    known = {price_of(one.number) for one in outcome.busy + outcome.having(0)}
    outcome.wrong += [f"a bid of {price} fen was taken and its founder told otherwise"
                      for price in opened.values() if price not in known]
    outcome.wrong += [f"bid {one.number} was answered {one.status} {one.code}" for one in sent
                      if one not in outcome.acknowledged + outcome.late + outcome.busy and one.status]
    return outcome


def milliseconds(seconds: list[float], share: int) -> float:
    """The value below which `share` percent lie."""
    return 1000 * (statistics.quantiles(seconds, n=100)[share - 1] if len(seconds) > 1 else sum(seconds))


def pages(address: str, path: str, load: Load) -> list[float]:
    """Plain reads of one page with the same clients at the same pace: seconds of each."""
    gap, begins = load.before / load.bids, time.monotonic()

    def one_client(place: int) -> list[float]:
        took = []
        for number in range(place, load.bids, load.clients):
            time.sleep(max(begins + number * gap - time.monotonic(), 0))
            began = time.monotonic()
            assert get(address, path) == 200
            took.append(time.monotonic() - began)
        return took

    with ThreadPoolExecutor(load.clients) as pool:
        return [one for part in pool.map(one_client, range(load.clients)) for one in part]


def environment_note() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
