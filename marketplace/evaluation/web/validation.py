"""The page of a validation stage: the buyer's data, offers and results; a founder's access to the data."""
from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session

from marketplace import clock, security, uploads
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.evaluation import trials, validation
from marketplace.evaluation.forms import (
    ValidationAcceptanceSchema,
    ValidationOfferSchema,
    ValidationResultSchema,
    ValidationRevocationSchema,
    ValidationStageSchema,
)
from marketplace.evaluation.web.pages import Page, pages
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import label, t
from marketplace.rules.errors import NotFound, Problem, Problems, RuleViolation
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.validation import MOST_DAYS, MOST_TOP, Outcome

HERE = "/demands/<code>/validation"
GRANT = f"{HERE}/grants/<int(max=2147483647):grant_id>"
MOST_REQUEST = 11 * 1024 * 1024


@pages.app_context_processor
def trial_results() -> dict[str, Any]:
    """`trials(demand)`: what the trials showed, by bid, for the pages of those who score."""
    return {"trials": trials.of_bids}


@pages.get(HERE)
@security.require()
def stage(code: str) -> Page:
    """The stage as its reader may see it."""
    with reading() as session:
        demand = demands.visible_to(session, code, actor=security.actor())
        return _page(session, demand, FormState(), "")


def _page(session: Session, demand: Demand, form: FormState, wrong: str) -> str:
    seen, found = trials.reader(session, demand, actor=security.actor()), trials.stage_of(session, demand)
    writable = demand.published_at is None or (found is None and demand.status == DemandStatus.EVALUATION)
    if seen.side == "buyer" and found is not None and not form.has_errors and writable:
        form = FormState({name: getattr(found, name) for name in (
            "top", "purpose", "conditions", "access_days", "metric_name", "metric_unit", "metric_threshold")}
            | {"higher_is_better": str(found.higher_is_better).lower()})
    return render_template(
        "evaluation/validation.html", demand=demand, stage=found, seen=seen, form=form, wrong=wrong,
        writable=writable and seen.side == "buyer", limits={"top": MOST_TOP, "days": MOST_DAYS},
        choices=trials.choices(session, demand, seen.numbers) if demand.status == DemandStatus.EVALUATION
        and seen.side == "buyer" else [],
        ended=lambda grant: validation.ended_by(grant, today=clock.legal_day(clock.utc_now())),
        outcomes=[(one.value, label(one)) for one in Outcome])


def _act(code: str, wrong: str, said: str, schema: Schema | None, act: Callable[[Session, Demand, Any], Any],
         lists: tuple[str, ...] = ()) -> Page:
    """Do a verb in one transaction; every problem is shown at the form it came from."""
    form = FormState(request.form)
    try:
        values = parse(schema, flat(request.form, lists)) if schema else None
        with transaction() as session:
            demand = demands.visible_to(session, code, actor=security.actor())
            trials.require_concerned(session, demand, actor=security.actor())
            act(session, demand, values)
    except NotFound:
        raise
    except RuleViolation as violation:
        form.add(violation)
        with reading() as session:
            demand = demands.visible_to(session, code, actor=security.actor())
            return _page(session, demand, form, wrong), violation.status
    flash(t(f"validation.flash.{said}"), "success")
    return redirect(url_for("evaluation.stage", code=code), 303)


@pages.post(HERE)
@security.require(Role.BUYER)
def state_stage(code: str) -> Page:
    """State the stage, before publication or once after the opening."""
    return _act(code, "stage", "stated", ValidationStageSchema(), lambda session, demand, plan: validation.state(
        session, demand, plan, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{HERE}/files")
@uploads.takes(MOST_REQUEST)
@security.require(Role.BUYER)
def add_data(code: str) -> Page:
    """Add a file of the data offered."""
    def act(session: Session, demand: Demand, _: Any) -> None:
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise Problems([Problem("file", "field.required")])
        try:
            validation.add_file(session, demand, sent.filename, sent.read(), files=uploads.trial_files(),
                                actor=security.actor(), now=clock.utc_now())
        except Problems:
            raise
        except RuleViolation as violation:
            raise Problems([Problem("file", violation.code, violation.facts)]) from violation

    return _act(code, "file", "added", None, act)


@pages.post(f"{HERE}/grants")
@security.require(Role.BUYER)
def offer_access(code: str) -> Page:
    """Offer access to the best bids."""
    return _act(code, "offer", "offered", ValidationOfferSchema(), lambda session, demand, said: validation.offer(
        session, demand, said["bids"], actor=security.actor(), now=clock.utc_now()), lists=("bids",))


@pages.post(f"{GRANT}/acceptance")
@security.require(Role.FOUNDER)
def accept_conditions(code: str, grant_id: int) -> Page:
    """The founder accepts the conditions it read."""
    return _act(code, f"grant{grant_id}", "accepted", ValidationAcceptanceSchema(),
                lambda session, demand, said: validation.accept(
                    session, grant_id, seen_hash=said["seen_hash"], actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{GRANT}/revocation")
@security.require(Role.BUYER)
def revoke_access(code: str, grant_id: int) -> Page:
    """The buyer ends a founder's access."""
    return _act(code, f"grant{grant_id}", "revoked", ValidationRevocationSchema(),
                lambda session, demand, said: validation.revoke(
                    session, grant_id, reason=said["reason"], actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{GRANT}/result")
@security.require(Role.BUYER)
def record_result(code: str, grant_id: int) -> Page:
    """What the trial showed."""
    return _act(code, f"grant{grant_id}", "recorded", ValidationResultSchema(),
                lambda session, demand, finding: validation.record(
                    session, grant_id, finding, actor=security.actor(), now=clock.utc_now()))


@pages.get(f"{GRANT}/files/<int(max=2147483647):file_id>")
@security.require(Role.FOUNDER)
def data_file(code: str, grant_id: int, file_id: int) -> Page:
    """A file of the data, for who accepted the conditions; the visit is written down before a byte is sent."""
    with transaction() as session:
        demands.visible_to(session, code, actor=security.actor())
        found, data = validation.read_file(
            session, grant_id, file_id, files=uploads.trial_files(), actor=security.actor(),
            address_digest=_address_digest(code), now=clock.utc_now())
    response = send_file(io.BytesIO(data), found.media_type, as_attachment=True, download_name=found.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _address_digest(code: str) -> str:
    """Tells visits from one address apart from others of the same demand, and nothing else."""
    key = hmac.digest(str(current_app.secret_key).encode(), f"validation:{code}".encode(), "sha256")
    return hmac.new(key, (request.remote_addr or "").encode(), hashlib.sha256).hexdigest()
