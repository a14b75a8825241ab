"""Do the same thing from several operating-system processes at the same moment."""
from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from marketplace.rules.errors import RuleViolation

PATIENCE = 60.0  # seconds for all processes to start, and again for all to finish


@dataclass(frozen=True)
class Outcome:
    """What one process got: ``value`` returned, or the ``refused`` code of a RuleViolation."""

    value: Any = None
    refused: str | None = None


def run_in_processes(
    function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], *, database_url: str
) -> list[Outcome]:
    """Call ``function(database_url, *call)`` once per call, each in a process of its own.

    The processes are spawned, not forked, and let go together once all have started. ``function`` must
    stand at the top of its module; what it takes and returns must pickle. Outcomes come in the order
    of the calls. Raises RuntimeError with the process's traceback on anything but a RuleViolation.
    """
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(len(calls))
    running = []
    try:
        for call in calls:
            ours, theirs = context.Pipe(duplex=False)
            child = context.Process(
                target=_child, args=(theirs, together, function, (database_url, *call)), daemon=True
            )
            child.start()
            theirs.close()  # so that reading ends when the child dies without an answer
            running.append((child, ours))
        return [_answer(ours) for _child_process, ours in running]
    finally:
        for child, ours in running:
            ours.close()
            child.join(PATIENCE)
            if child.is_alive():
                child.kill()


def _child(
    back: Connection, together: Barrier, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    try:
        together.wait(PATIENCE)
        answer: tuple[str, Any] = ("value", function(*arguments))
    except RuleViolation as refusal:
        answer = ("refused", refusal.code)
    except BaseException:  # the parent must learn of anything that went wrong
        answer = ("broken", traceback.format_exc())
    back.send(answer)
    back.close()


def _answer(ours: Connection) -> Outcome:
    if not ours.poll(2 * PATIENCE):
        raise RuntimeError("a process gave no answer in time")
    try:
        kind, content = ours.recv()
    except EOFError:
        raise RuntimeError("a process died without an answer") from None
    if kind == "broken":
        raise RuntimeError(f"a process failed:\n{content}")
    return Outcome(refused=content) if kind == "refused" else Outcome(value=content)
