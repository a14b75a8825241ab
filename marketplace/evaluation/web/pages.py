"""What the pages of a panel share."""
from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from marketplace.evaluation.texts import bidder
from marketplace.evaluation.views import worked
from marketplace.rules.errors import RuleViolation
from marketplace.rules.joint_bid import percent
from marketplace.tendering.evaluation import hundredths

pages = Blueprint("evaluation", __name__)
Page = str | tuple[str, int] | Response


def refused(page: Page, violation: RuleViolation) -> Page:
    """A page with what was refused at its status; a page that leads elsewhere just leads there."""
    return (page, violation.status) if isinstance(page, str) else page


@pages.context_processor
def shared() -> dict[str, Any]:
    """`bidder(2)` → 投标人乙, `points(8333)` → 83.33, `percent(2500)` → 25."""
    return {"bidder": bidder, "points": hundredths, "percent": percent}


@pages.app_context_processor
def everywhere() -> dict[str, Any]:
    """`worked(demand)`: how a demand is evaluated, for the pages of demands too."""
    return {"worked": worked}
