"""What the pages share: the blueprint, how requirements read, and which vetoes are final."""
from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from marketplace.i18n import label, t
from marketplace.rules.feedback import REASONS, Side

pages = Blueprint("suggestions", __name__)
SHOWN = 10
MOST = 10_000
# Vetoes the law or fairness puts; every other veto is the engine's reading of a text, which the buyer may overrule.
FINAL = frozenset({"conflict_of_interest", "set_aside"})
Page = str | tuple[str, int] | Response


@pages.app_context_processor
def shared() -> dict[str, Any]:
    """`facet_text(facet)` and `condition_text(requirement)` name things in words; `dismiss_reasons(side)` offers."""
    return {"facet_text": facet_text, "condition_text": condition_text, "dismiss_reasons": dismiss_reasons}


def condition_text(requirement: Any) -> str:
    """A hard requirement (anything with code and name) in words."""
    return t(f"conditions.kind.{requirement.code}", name=requirement.name)


def facet_text(facet: Any) -> str:
    """What a team must cover, in words: a skill as written, or a hard requirement."""
    if facet.kind in ("skill", "deliverable"):
        return facet.text
    return t(f"conditions.kind.{facet.kind}", name=facet.text)


def dismiss_reasons(side: str) -> list[tuple[str, str]]:
    """Why one may dismiss a suggestion: (value, text)."""
    return [(reason.value, label(reason)) for reason in REASONS[Side(side)]]


def after() -> int:
    """How many of a list to leave out."""
    return min(max(request.args.get("after", 0, type=int), 0), MOST)
