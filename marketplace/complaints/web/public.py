"""The public list of overdue payments, the platform's rules behind it, and a buyer's own standing."""
from __future__ import annotations

from typing import Any

from flask import render_template

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.complaints import queries
from marketplace.complaints.web.pages import pages
from marketplace.db import reading
from marketplace.rules import remedy_policy as policy
from marketplace.rules import statutes


def _rules() -> list[tuple[str, Any, str, Any]]:
    """(key, dated value, article on the same subject, its day in force) of every rule in the order of the table."""
    return [(key, rule.series[-1], rule.article,
             statutes.article(rule.article).instrument.since if rule.article else None)
            for key, rule in policy.RULES.items()]


@pages.get("/overdue-list")
@security.public
def overdue_list() -> str:
    """Who owes for how long, as decided; and what was taken down."""
    with reading() as session:
        current, removed = queries.public_list(session, today=clock.legal_day(clock.utc_now()))
        return render_template("complaints/list.html", current=current, removed=removed, rules=_rules())


@pages.get("/remedies")
@security.public
def rules() -> str:
    """What follows a late payment here, step by step, with the platform's numbers and the law's articles."""
    return render_template("complaints/rules.html", rules=_rules())


@pages.get("/standing")
@security.require(Role.BUYER)
def standing() -> str:
    """Whether this buyer may publish, what keeps it from it, and what lifts it."""
    today = clock.legal_day(clock.utc_now())
    with reading() as session:
        found = queries.standing_of(session, security.actor().organisation, today=today)
        return render_template(
            "complaints/standing.html", standing=found, rules=_rules(), today=today,
            block_from=policy.number("block_from_days_late", on=today),
            blocking={block.obligation_id for block in found.blocks},
            following={plan.id: queries.next_instalment(plan, today=today) for plan in found.plans})
