"""Every piece of the visual language in every state, for those who build and check pages. Never in production."""
from __future__ import annotations

import datetime as dt

from flask import Blueprint, flash, render_template, request

from marketplace import clock
from marketplace.forms import FormState
from marketplace.rules.errors import Problem, Problems
from marketplace.rules.lifecycle import BidStatus, ContractStatus, DemandStatus, MilestoneStatus, PaymentStatus
from marketplace.security import public

pages = Blueprint("styleguide", __name__)


@pages.get("/styleguide")
@public
def show() -> str:
    """All macros in all states; ?flash=1 adds one message of each kind."""
    if request.args.get("flash"):
        for tone in ("info", "success", "warning", "error"):
            flash(f"{tone}: 2026-03", tone)
    now = clock.utc_now()
    return render_template(
        "site/styleguide.html", blank=FormState(), filled=_filled(),
        day_of=lambda days: clock.legal_day(now) + dt.timedelta(days),
        moment_of=lambda hours: now + dt.timedelta(hours=hours),
        statuses=[DemandStatus, BidStatus, ContractStatus, MilestoneStatus, PaymentStatus])


def _filled() -> FormState:
    """A form as it comes back with problems."""
    form = FormState({"title": "质检线表面缺陷识别", "budget": "12,000.5元钱", "industry": "c35", "remote": "1",
                      "payer": "large_enterprise", "note": "两条产线，四台工业相机。"})
    form.add(Problems([
        Problem("budget", "money.not_a_number", {"text": "12,000.5元钱"}), Problem("due", "field.required"),
        Problem("payer", "field.not_a_choice")]))
    return form
