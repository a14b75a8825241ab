"""Clocks and memory: what a run took, told apart into the process's own memory and files mapped into it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
STATUS = Path("/proc/self/status")
SAMPLED_EVERY = 0.05
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of single runs by the clock, and what they took of the processors."""

    seconds: tuple[float, ...]
    busy: tuple[float, ...]

    def at(self, percent: float) -> float:
        """Milliseconds below which `percent` of the runs stayed."""
        return float(np.percentile(self.seconds, percent)) * 1e3

    def cells(self) -> list[str]:
        """p50, p95, p99 by the clock, and p95 of processor time, which a crowded machine changes less."""
        busy = float(np.percentile(self.busy, 95)) * 1e3
        return [*(f"{self.at(percent):.1f}" for percent in (50, 95, 99)), f"{busy:.1f}"]


def timed(run: Callable[[Item], object], items: Iterable[Item]) -> Times:
    """How long each of the items takes."""
    seconds, busy = [], []
    for item in items:
        start, used = time.perf_counter(), time.process_time()
        run(item)
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - used)
    return Times(tuple(seconds), tuple(busy))


class Memory:
    """The most memory this process held while it was watched, in MiB: of its own, and mapped from files.

    Read from /proc; both stay None where there is none.
    """

    def __init__(self) -> None:
        self.own: float | None = None
        self.mapped: float | None = None
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Memory:
        self._look()
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watch.join()
        self._look()

    def __str__(self) -> str:
        if self.own is None:
            return "not known on this system"
        return f"{self.own:,.0f} MiB of its own, {self.mapped:,.0f} MiB of mapped files touched"

    def _run(self) -> None:
        while not self._done.wait(SAMPLED_EVERY):
            self._look()

    def _look(self) -> None:
        try:
            lines = dict(line.split(":", 1) for line in STATUS.read_text(encoding="ascii").splitlines())
        except OSError:
            return
        own, mapped = (int(lines[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))
        self.own, self.mapped = max(self.own or 0.0, own), max(self.mapped or 0.0, mapped)


def size_of(folder: Path) -> float:
    """MiB of the files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MIB
