"""The ledger of reserved demands, and giving up a reserve that found too few bidders."""
from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import forms, queries, reserves
from marketplace.demand.schemas import ReleaseForm
from marketplace.demand.web.pages import Page, pages
from marketplace.forms import parse
from marketplace.i18n import t
from marketplace.oversight.export import as_csv
from marketplace.rules import set_aside

COLUMNS = ("published", "published_fen", "reserved", "reserved_fen", "reserved_share", "target_reserved", "released",
           "released_fen", "awarded", "awarded_fen", "awarded_small_fen", "small_share", "target_small")


def _whose() -> int | None:
    """The buyer's own ledger; the operator's is everyone's."""
    actor = security.actor()
    return None if actor.role == Role.OPERATOR else actor.organisation_id


@pages.get("/set-aside")
@security.require(Role.BUYER, Role.OPERATOR)
def set_aside_ledger() -> Page:
    """Reserved, awarded and share by buyer and quarter, against the targets."""
    with reading() as session:
        return render_template("demand/set_aside.html", ledgers=reserves.ledgers(session, buyer_id=_whose()),
                               sources=(set_aside.RESERVED_SHARE[-1], set_aside.SMALL_SHARE[-1],
                                        set_aside.NEEDED_BIDDERS[-1]))


@pages.get("/set-aside.csv")
@security.require(Role.BUYER, Role.OPERATOR)
def set_aside_csv() -> Response:
    """The same as a file; amounts are fen, shares percent."""
    with reading() as session:
        rows = [[ledger.buyer.name, ledger.buyer.uscc, str(line.quarter), *(getattr(line, name) for name in COLUMNS)]
                for ledger in reserves.ledgers(session, buyer_id=_whose()) for line in ledger.lines]
    response = make_response(as_csv(["buyer", "uscc", "quarter", *COLUMNS], rows))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = "attachment; filename=set-aside.csv"
    return response


@pages.post("/demands/<code>/release")
@security.require(Role.BUYER)
def release_set_aside(code: str) -> Response:
    """Open a reserved demand to everyone, with a new deadline."""
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        values = parse(ReleaseForm(), forms.typed_values(request.form))
        reserves.release(session, demand, bid_deadline=values["bid_deadline"], reason=values["reason"],
                         actor=security.actor(), now=clock.utc_now())
    flash(t("set_aside.flash", code=code), "success")
    return redirect(url_for("demand.show", code=code), 303)
