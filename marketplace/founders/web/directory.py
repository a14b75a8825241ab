"""The directory of founders, and a founder's profile as others see it."""
from __future__ import annotations

from flask import render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.evaluation import trials
from marketplace.forms import FormState
from marketplace.founders import capacity, credentials, queries
from marketplace.founders.web.pages import Page, pages
from marketplace.rules.capacity import WEEKS_TOLD
from marketplace.rules.credentials import masked, same_name
from marketplace.rules.feedback import MatchEventKind, Side
from marketplace.rules.track_record import amount_band
from marketplace.suggestions import beside, conditions, feedback

SHOWN = 24


@pages.get("/founders")
@security.require(Role.BUYER, Role.OPERATOR)
def directory() -> Page:
    """Founders by words in their headline, text, region or company name."""
    text, after = request.args.get("q", "").strip()[:100].replace("\x00", ""), request.args.get("after", 0, type=int)
    with reading() as session:
        found = queries.directory(session, text=text, after=min(max(after, 0), queries.MAX_ID), limit=SHOWN + 1)
        more = url_for("founders.directory", q=text or None, after=found[SHOWN - 1].id) if found[SHOWN:] else None
        return render_template("founders/directory.html", founders=found[:SHOWN], search=FormState({"q": text}),
                               text=text, page={"prev_url": None, "next_url": more})


@pages.get("/founders/<int:profile_id>")
@security.require()
def show(profile_id: int) -> Page:
    """A founder's profile as others see it: the day rate for buyers, the operator and the founder only."""
    user, now = security.actor(), clock.utc_now()
    today = clock.legal_day(now)
    with reading() as session:
        found = queries.by_id(session, profile_id)
        own = found.founder_id == user.organisation_id
        rows = credentials.of_founder(session, found.founder_id)
        names = {same_name(row.name) for row in rows}
        page = render_template(
            "founders/show.html", profile=found, own=own, said_not=conditions.said_not(found),
            shows_rate=own or user.role != Role.FOUNDER, credentials=credentials.shown_to_others(rows, today=today),
            stated=[name for name in found.certifications if same_name(name) not in names], masked=masked,
            verified={case.contract_id: case for case in queries.verified_cases(session, found.founder_id)},
            passed=trials.passed_by(session, found.founder_id, own=own), band=amount_band, weeks_told=WEEKS_TOLD,
            free=capacity.of_founder(session, found.founder_id, today=today))
        opened = beside.profile_opened_by(session, profile_id, request.args.get("demand", ""), user, now=now)
    if opened:
        with transaction() as session:
            feedback.note_seen(session, opened, Side.BUYER, MatchEventKind.VIEWED, person=user, now=now)
    return page
