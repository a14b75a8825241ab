"""The payer scorecard's public pages: how it is made, and a buyer's card at the end of any day."""
from __future__ import annotations

from flask import render_template, request

from marketplace import clock, security
from marketplace.db import reading
from marketplace.forms import FormState
from marketplace.payments import scorecard, texts
from marketplace.payments.web.pages import pages
from marketplace.rules.payer_policy import POLICY
from marketplace.rules.scorecard import THRESHOLDS, TREND_MONTHS


@pages.get("/scorecards", endpoint="scorecard_rules")
@security.public
def rules() -> str:
    """What is measured, the thresholds of each tier with their first day, and what the record counts for."""
    return render_template("payments/scorecard_rules.html", editions=list(reversed(THRESHOLDS)), policy=POLICY,
                           months=TREND_MONTHS)


@pages.get("/scorecards/<string:uscc>", endpoint="scorecard_of")
@security.public
def card(uscc: str) -> str:
    """A buyer's card today, or at the end of ?as_of=YYYY-MM-DD."""
    today = clock.legal_day(clock.utc_now())
    as_of = min(texts.day_or(request.args.get("as_of"), today), today)
    with reading() as session:
        buyer, found = scorecard.of_uscc(session, uscc, as_of=as_of, today=today)
        return render_template("payments/scorecard.html", buyer=buyer, scorecard=found, today=today, as_of=as_of,
                               search=FormState({"as_of": as_of.isoformat()}))
