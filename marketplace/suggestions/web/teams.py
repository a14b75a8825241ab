"""Inviting a whole team at once."""
from __future__ import annotations

from flask import flash, redirect, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.demand import queries as demands
from marketplace.founders import queries as founders
from marketplace.i18n import sentence, t
from marketplace.rules.errors import Invalid, RuleViolation, WrongState
from marketplace.suggestions import operations
from marketplace.suggestions.web.pages import Page, pages

MOST_MEMBERS = 5


@pages.post("/demands/<code>/teams/invite")
@security.require(Role.BUYER)
def invite_team(code: str) -> Page:
    """Invite every member of a suggested team; whoever was invited before stays invited."""
    back = redirect(url_for("suggestions.for_demand", code=code) + "#teams", 303)
    ids = [int(text) for text in request.form.getlist("profile_ids") if text.isdecimal() and len(text) < 10]
    names = []
    try:
        with transaction() as session:
            demand = demands.for_buyer(session, code, actor=security.actor())
            if not ids:
                raise Invalid("teams.no_members")
            for profile_id in dict.fromkeys(ids[:MOST_MEMBERS]):
                names.append(founders.by_id(session, profile_id).founder.name)
                try:
                    operations.invite(session, demand, profile_id, note="", actor=security.actor(),
                                      now=clock.utc_now())
                except WrongState as violation:
                    if violation.code != "invitation.already":
                        raise
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        flash(sentence(violation), "error")
        return back
    flash(t("teams.invited", names=names), "success")
    return back
