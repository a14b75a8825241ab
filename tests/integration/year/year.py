"""A year of market life, day by day: everybody acts by chance and habit, through the operations the doors call.

Chance comes from one seeded generator, moments from the simulated day: the same seed gives the same year. Each act
is a transaction of its own; a refused one is counted and leaves nothing.
"""
from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import jobs
from marketplace.accounts.models import User
from marketplace.clock import SHANGHAI
from marketplace.complaints import round as remedies_round
from marketplace.db import reading, transaction
from marketplace.receivables import rounds as answers
from marketplace.rules.errors import RuleViolation
from tests.integration.year import cast, money, remedies, tender, work

DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
FIRST = dt.date(2025, 7, 1)
MISSED, OFTEN = 0.06, 0.008  # shares of days on which the daily round does not run, or runs 24 times
Act = Callable[[Session, dt.datetime], Any]


class Size(NamedTuple):
    """How many take part, and for how long."""

    buyers: int = 15
    founders: int = 40
    demands: int = 60
    days: int = 365


USUAL = Size()


class Year:
    """The market while it lives. `done` counts what succeeded by its name, `refused` what did not by its code."""

    def __init__(self, engine: Engine, seed: int, size: Size = USUAL) -> None:
        self.engine, self.size, self.seed = engine, size, seed
        self.rng = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.rounds: Counter[int] = Counter()
        self.bidding: dict[int, list[tuple[dt.date, int, int]]] = {}
        self.moment = at(FIRST - DAY, 9)
        with transaction(engine) as session:
            self.cast = cast.settle(session, buyers=size.buyers, founders=size.founders, now=self.moment)
        # Three out of five days have publications; what is published late is still being worked on at the end.
        self.publications = sorted((FIRST + self.rng.randrange(size.days * 3 // 5) * DAY,
                                    self.rng.choice(list(self.cast.buyers))) for _ in range(size.demands))

    @property
    def today(self) -> dt.date:
        return self.moment.astimezone(SHANGHAI).date()

    @property
    def last(self) -> dt.date:
        return FIRST + (self.size.days - 1) * DAY

    def live(self, *, each_day: Callable[[Year], None] | None = None) -> None:
        """Every day from the first to the last; `each_day` is called in the evening."""
        for passed in range(self.size.days):
            day = FIRST + passed * DAY
            times = self._times(day)
            self._run_rounds(day, range(min(times, 12)), hour=0)
            self.moment = at(day, 11)
            for part in (tender, work, money, remedies):
                part.live(self)
            self._run_rounds(day, range(12, times), hour=12)
            if each_day is not None:
                each_day(self)

    def _times(self, day: dt.date) -> int:
        chance = self.rng.random()
        times = 0 if chance < MISSED else 24 if chance < MISSED + OFTEN else 1
        self.rounds[times] += 1
        return 1 if day == self.last else times

    def _run_rounds(self, day: dt.date, hours: range, *, hour: int) -> None:
        for count, _ in enumerate(hours):
            self.moment = at(day, hour, 10 + 40 * count)
            self.run_jobs(day)

    def run_jobs(self, day: dt.date) -> None:
        """The parts of the daily round, in any order."""
        now = self.moment
        parts: list[Callable[[], Any]] = [
            lambda: jobs.payment_round(day, now=now, engine=self.engine),
            lambda: self._in_one(remedies_round.run, day), lambda: self._in_one(answers.run, day)]
        for part in self.rng.sample(parts, len(parts)):
            part()

    def _in_one(self, run: Callable[..., dict[str, int]], day: dt.date) -> None:
        with transaction(self.engine) as session:
            run(session, today=day, now=self.moment)

    def do(self, verb: str, act: Act) -> bool:
        """One act, a minute after the one before; whether it was allowed."""
        self.moment += MINUTE
        try:
            with transaction(self.engine) as session:
                act(session, self.moment)
        except RuleViolation as refused:
            self.refused[refused.code] += 1
            return False
        self.done[verb] += 1
        return True

    def rows(self, query: Any) -> list[Any]:
        """Plain rows as they stand now."""
        with reading(self.engine) as session:
            return list(session.execute(query).all())

    def happens(self, probability: float) -> bool:
        return self.rng.random() < probability

    def buyer(self, session: Session, organisation_id: int) -> User:
        return session.get_one(User, self.cast.buyers[organisation_id].user_id)

    def founder(self, session: Session, organisation_id: int) -> User:
        return session.get_one(User, self.cast.founders[organisation_id])

    def operator(self, session: Session) -> User:
        return session.get_one(User, self.cast.operator)


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """A moment of a Beijing day, in UTC; minutes may go beyond the hour."""
    moment = dt.datetime.combine(day, dt.time(hour), SHANGHAI) + minute * MINUTE
    return moment.astimezone(dt.UTC)
