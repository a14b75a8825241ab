"""What the pages share: the blueprint, the terms every template may sum up, choices of the forms."""
from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from marketplace.accounts.models import Organisation
from marketplace.demand import terms
from marketplace.i18n import label
from marketplace.rules.evaluation import CriterionKind
from marketplace.rules.payment_facts import Allocation, RateUnit, StartBasis

pages = Blueprint("demand", __name__)
Page = str | tuple[str, int] | Response


@pages.app_context_processor
def shared() -> dict[str, Any]:
    """`terms_of(row)`: the payment terms of a demand, project or contract, for templates/demand/_terms.html."""
    return {"terms_of": terms_of}


def terms_of(row: Any, buyer: Organisation | None = None) -> terms.Summary:
    """Payment terms as a founder must know them before bidding."""
    return terms.summary(row, buyer or row.buyer)


def choices() -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in the forms: (value, text)."""
    return {name: [(member.value, label(member)) for member in enum] for name, enum in (
        ("start_basis", StartBasis), ("late_rate_unit", RateUnit), ("allocation", Allocation),
        ("criterion_kind", CriterionKind))}
