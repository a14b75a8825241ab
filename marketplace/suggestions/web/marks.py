"""Saving, shortlisting, dismissing and bringing back suggestions."""
from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.demand import queries as demands
from marketplace.forms import flat, parse
from marketplace.founders import queries as founders
from marketplace.i18n import sentence, t
from marketplace.rules.errors import NotFound, RuleViolation
from marketplace.rules.feedback import Side
from marketplace.suggestions import feedback
from marketplace.suggestions.schemas import MarkForm
from marketplace.suggestions.web.pages import Page, pages


@pages.post("/demands/<code>/founders/<int:profile_id>/mark")
@security.require(Role.BUYER)
def mark_founder(code: str, profile_id: int) -> Page:
    """Shortlist a suggested founder, dismiss them with a reason, or take either back."""
    return _done(Side.BUYER, code, profile_id, url_for("suggestions.for_demand", code=code))


@pages.post("/founder/matches/<code>/mark")
@security.require(Role.FOUNDER)
def mark_demand(code: str) -> Page:
    """Save a suggested demand, dismiss it with a reason, or take either back."""
    return _done(Side.FOUNDER, code, None, url_for("suggestions.for_founder", view=request.args.get("view")))


def _done(side: Side, code: str, profile_id: int | None, back: str) -> Page:
    actor, now = security.actor(), clock.utc_now()
    try:
        values: dict[str, Any] = parse(MarkForm(), flat(request.form))
        with transaction() as session:
            if side is Side.BUYER:
                demand = demands.for_buyer(session, code, actor=actor)
                profile = founders.by_id(session, profile_id or 0)
            else:
                demand = demands.by_code(session, code)
                profile = founders.profile_of(session, actor.organisation_id)
                if profile is None:
                    raise NotFound("not_found", what="demand", id=code)
            feedback.mark(session, demand, profile, side, values["action"], reason=values["reason"],
                          note=values["note"], actor=actor, now=now)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        flash(sentence(violation), "error")
        return redirect(back, 303)
    kept = "_buyer" if values["action"] == "keep" and side is Side.BUYER else ""
    flash(t(f"feedback.done_{values['action']}{kept}"), "success")
    return redirect(back, 303)
