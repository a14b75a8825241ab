"""Draws docs/states.md from the code's own state tables: `python scripts/draw_states.py`, or --check to compare.

Every `Lifecycle` found in marketplace.rules is drawn, so a table nobody thought of is not left out.
"""
from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from marketplace import i18n, rules  # noqa: E402  needs the path above
from marketplace.rules.lifecycle import Lifecycle  # noqa: E402

OUT = ROOT / "docs" / "states.md"
HEAD = """# States 状态表

Made by `python scripts/draw_states.py` from the tables in `marketplace/rules/`; a test compares the two. `advance()` is
the only way from one status to the next: what has no row here is refused with the actions that are possible.
"""


def tables() -> list[Lifecycle]:
    """Every state table of the rules, by name."""
    found = {}
    for module in pkgutil.iter_modules(rules.__path__):
        for value in vars(importlib.import_module(f"marketplace.rules.{module.name}")).values():
            if isinstance(value, Lifecycle):
                found[value.name] = value
    return [found[name] for name in sorted(found)]


def drawn(table: Lifecycle) -> str:
    """One table as a Mermaid diagram and in words, Chinese and English."""
    left = {before for before, _ in table.moves}
    reached = set(table.moves.values())
    lines = [f"## {table.name}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {status}" for status in table.statuses if status in left - reached or (
        status == next(iter(table.statuses)))]
    lines += [f"    {before} --> {after}: {action}" for (before, action), after in table.moves.items()]
    lines += [f"    {status} --> [*]" for status in table.statuses if status in reached - left]
    lines += ["```", "", "| from 从 | action 动作 | to 到 |", "|---|---|---|"]
    lines += [f"| {_named(before)} | {action} | {_named(after)} |" for (before, action), after in table.moves.items()]
    return "\n".join(lines)


def _named(status) -> str:
    return f"`{status}` {i18n.label(status, 'zh')} · {i18n.label(status, 'en')}"


def page() -> str:
    """The whole of docs/states.md."""
    return "\n\n".join([HEAD.rstrip(), *(drawn(table) for table in tables())]) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if OUT.read_text(encoding="utf-8") == page() else f"{OUT.name} is not what the tables say")
    OUT.write_text(page(), encoding="utf-8")
