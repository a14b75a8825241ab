"""A new draft from an old posting."""
from __future__ import annotations

from flask import flash, redirect, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.demand import copying, queries
from marketplace.demand.web.pages import Page, pages
from marketplace.i18n import t


@pages.post("/demands/<code>/copy")
@security.require(Role.BUYER)
def copy(code: str) -> Page:
    """Copy one of the buyer's own demands and go on writing."""
    with transaction() as session:
        source = queries.for_buyer(session, code, actor=security.actor())
        made = copying.copy(session, source, actor=security.actor(), now=clock.utc_now())
    flash(t("drafting.copied", code=made.code, source=code), "success")
    return redirect(url_for("demand.edit", code=made.code), 303)
