"""The operator's pages: editions in every state, one being composed, and the tracks."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.editions import composing, operations, queries, texts
from marketplace.editions.composing import Place, TrackForm
from marketplace.editions.models import Edition
from marketplace.editions.operations import EditionForm
from marketplace.editions.schemas import (
    ArrangementIn,
    DeclineIn,
    EditionIn,
    EditionTextIn,
    ItemIn,
    TrackIn,
    TrackState,
)
from marketplace.editions.web.pages import Page, pages
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import LANGUAGES, language, sentence, t
from marketplace.rules.editions import EditionStatus, ItemStatus, differences, following, month_of, name_of
from marketplace.rules.errors import Problems, RuleViolation

WHERE = "/operator/editions"
ONE = f"{WHERE}/<string:month>"
ITEM = f"{ONE}/items/<int(max=2147483647):item_id>"
Act = Callable[[Session, Edition], Any]


@pages.get(WHERE)
@security.require(Role.OPERATOR)
def desk() -> Page:
    """Every edition, the tracks, and a form for the next edition."""
    return _desk(FormState())


def _desk(form: FormState) -> Page:
    now = clock.utc_now()
    with reading() as session:
        found = queries.every(session)
        if not form.has_errors:
            this = month_of(clock.legal_day(now))
            last = max((edition.month for edition in found), default=None)
            proposed = this if last is None or last < this else following(last)
            form = FormState({"month": name_of(proposed), **{
                f"title_{lang}": t("editions.compose.usual_title", lang, year=proposed.year, month=proposed.month)
                for lang in LANGUAGES}})
        page = render_template("editions/desk.html", editions=found, tracks=queries.tracks(session), form=form,
                               texts=texts, ItemStatus=ItemStatus)
    return (page, 422) if form.has_errors else page


@pages.post(WHERE)
@security.require(Role.OPERATOR)
def create() -> Page:
    """A new draft."""
    form = FormState(flat(request.form))
    try:
        values = parse(EditionIn(), flat(request.form))
        month = values.pop("month")
        with transaction() as session:
            operations.create(session, month, EditionForm(**values), actor=security.actor(), now=clock.utc_now())
    except Problems as problems:
        form.add(problems)
        return _desk(form)
    flash(t("editions.flash.created"), "success")
    return redirect(url_for("editions.compose", month=name_of(month)), 303)


@pages.post("/operator/tracks")
@security.require(Role.OPERATOR)
def add_track() -> Page:
    """A new track."""
    form = FormState(flat(request.form))
    try:
        values = parse(TrackIn(), flat(request.form))
        with transaction() as session:
            composing.add_track(session, TrackForm(values["track_code"], values["name_zh"], values["name_en"]),
                                actor=security.actor(), now=clock.utc_now())
    except Problems as problems:
        form.add(problems)
        return _desk(form)
    flash(t("editions.flash.track_added"), "success")
    return redirect(f"{url_for('editions.desk')}#tracks", 303)


@pages.post("/operator/tracks/<int(max=2147483647):track_id>")
@security.require(Role.OPERATOR)
def retire_track(track_id: int) -> Page:
    """Retire a track or use it again."""
    values = parse(TrackState(), flat(request.form))
    with transaction() as session:
        composing.retire_track(session, queries.track_of(session, track_id), **values, actor=security.actor(),
                               now=clock.utc_now())
    flash(t("editions.flash.track_changed"), "success")
    return redirect(f"{url_for('editions.desk')}#tracks", 303)


@pages.get(ONE)
@security.require(Role.OPERATOR)
def compose(month: str) -> Page:
    """One edition with its items, proposals, checks and the next step."""
    return _compose(month, FormState())


def _compose(month: str, form: FormState) -> Page:
    now = clock.utc_now()
    with reading() as session:
        edition = queries.visible_to(session, month, actor=security.actor())
        draft = edition.status == EditionStatus.DRAFT
        items = queries.items_of(session, edition)
        shown = form if form.has_errors else FormState({name: getattr(edition, name) for name in (
            "title_zh", "title_en", "introduction_zh", "introduction_en")})
        said = operations.document_of(session, edition, now=now)
        page = render_template(
            "editions/compose.html", edition=edition, draft=draft, form=shown, texts=texts, document=said,
            against=differences(said),
            groups={status: [item for item in items if item.status == status] for status in ItemStatus},
            problems=list(map(sentence, operations.freeze_problems(session, edition, now=now))) if draft else [],
            tracks=[(track.id, getattr(track, f"name_{language()}")) for track in queries.tracks(session, active=True)],
            candidates=[(one.code, f"{one.title} · {one.buyer.name}") for one in queries.candidates(
                session, edition, now=now)] if draft else [], cancelled=queries.cancelled_since(session, edition))
    return (page, 422) if form.has_errors else page


def _act(month: str, said: str, act: Act) -> Page:
    """Do something with an edition; a refusal comes back on its page."""
    form = FormState(flat(request.form))
    try:
        with transaction() as session:
            done = act(session, queries.visible_to(session, month, actor=security.actor()))
            count = len(done) if isinstance(done, list) else 0
    except RuleViolation as violation:
        if violation.status in (403, 404):
            raise
        form.add(violation)
        return _compose(month, form)
    flash(t(f"editions.flash.{said}", count=count), "success")
    return redirect(url_for("editions.compose", month=month), 303)


@pages.post(f"{ONE}/text")
@security.require(Role.OPERATOR)
def edit(month: str) -> Page:
    """Save titles and introductions."""
    return _act(month, "edited", lambda session, edition: operations.edit(
        session, edition, EditionForm(**parse(EditionTextIn(), flat(request.form))), actor=security.actor(),
        now=clock.utc_now()))


@pages.post(f"{ONE}/items")
@security.require(Role.OPERATOR)
def add(month: str) -> Page:
    """Put a demand on the list."""
    def act(session: Session, edition: Edition) -> Any:
        values = parse(ItemIn(), flat(request.form))
        return composing.add(session, edition, demands.by_code(session, values["demand"]),
                             track_id=values["track_id"], actor=security.actor(), now=clock.utc_now())
    return _act(month, "added", act)


@pages.post(f"{ONE}/arrangement")
@security.require(Role.OPERATOR)
def arrange(month: str) -> Page:
    """Save positions and tracks of the table."""
    return _act(month, "arranged", lambda session, edition: composing.arrange(
        session, edition, _places(), actor=security.actor(), now=clock.utc_now()))


def _places() -> list[Place]:
    sent = flat(request.form)
    found = [{"item_id": name.removeprefix("position."), "position": value,
              "track_id": sent.get(name.replace("position.", "track."))}
             for name, value in sent.items() if name.startswith("position.")]
    return [Place(**place) for place in parse(ArrangementIn(), {"places": found})["places"]]


@pages.post(f"{ITEM}/inclusion")
@security.require(Role.OPERATOR)
def include(month: str, item_id: int) -> Page:
    """List a proposal, or something left out before."""
    track = flat(request.form).get(f"track.{item_id}", "")
    return _act(month, "included", lambda session, edition: composing.include(
        session, edition, item_id, track_id=int(track) if track.isdecimal() and len(track) < 10 else None,
        actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ITEM}/refusal")
@security.require(Role.OPERATOR)
def decline(month: str, item_id: int) -> Page:
    """Leave a demand out, with a reason."""
    def act(session: Session, edition: Edition) -> Any:
        said = parse(DeclineIn(), {"decline_reason": flat(request.form).get(f"reason.{item_id}", "")})
        return composing.decline(session, edition, item_id, reason=said["decline_reason"], actor=security.actor(),
                                 now=clock.utc_now())
    return _act(month, "declined", act)


@pages.post(f"{ONE}/carry-over")
@security.require(Role.OPERATOR)
def carry_over(month: str) -> Page:
    """Take over what nobody has taken."""
    return _act(month, "carried", lambda session, edition: composing.carry_over(
        session, edition, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/freeze")
@security.require(Role.OPERATOR)
def freeze(month: str) -> Page:
    """Fix and hash the edition."""
    return _act(month, "frozen", lambda session, edition: operations.freeze(
        session, edition, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/publication")
@security.require(Role.OPERATOR)
def publish(month: str) -> Page:
    """Show the edition to everyone."""
    answer = _act(month, "published", lambda session, edition: operations.publish(
        session, edition, actor=security.actor(), now=clock.utc_now()))
    jobs.enqueue("send_mail")
    return answer
