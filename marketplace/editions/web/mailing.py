"""The monthly list by mail: asking for it, confirming, leaving. None of it shows an address."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, jobs, security
from marketplace.db import reading, transaction
from marketplace.editions import mailing
from marketplace.editions.schemas import AddressIn
from marketplace.editions.web.pages import Page, pages
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import language, t
from marketplace.rules.errors import Problems


@pages.get("/editions/mail")
@security.public
def by_mail() -> Page:
    """Ask for an address, or say whether the signed-in person gets the list."""
    return _page(FormState())


def _page(form: FormState, *, asked: bool = False) -> Page:
    actor = security.current_user or None
    with reading() as session:
        reader = mailing.of_user(session, security.actor()) if actor is not None else None
        page = render_template("editions/mail.html", form=form, reader=reader, asked=asked,
                               known_feeds=url_for("api-editions.get_editions_feed"))
    return (page, 422) if form.has_errors else page


@pages.post("/editions/mail")
@security.public
def ask_for_mail() -> Page:
    """A signed-in person's own address is taken at once; a visitor's is sent a link first."""
    now = clock.utc_now()
    if security.current_user:
        with transaction() as session:
            mailing.join(session, actor=security.actor(), language=language(), now=now)
        flash(t("edition_mail.joined"), "success")
        return redirect(url_for("editions.by_mail"), 303)
    try:
        address = parse(AddressIn(), flat(request.form))["email"]
        with transaction() as session:
            mailing.ask(session, address, language=language(), now=now)
    except Problems as problems:
        form = FormState(request.form)
        form.add(problems)
        return _page(form)
    jobs.enqueue("send_mail")
    return _page(FormState(), asked=True)


@pages.get("/editions/mail/<string:token>")
@security.public
def mail_link(token: str) -> Page:
    """Where the links of a mail lead: to confirm, or to leave. Looking changes nothing: mail scanners look too."""
    with reading() as session:
        return render_template("editions/mail_link.html", token=token,
                               reader=mailing.of_token(session, token, now=clock.utc_now()))


@pages.post("/editions/mail/<string:token>/confirm")
@security.public
def confirm_mail(token: str) -> Page:
    """The visitor has the mailbox."""
    with transaction() as session:
        mailing.confirm(session, token, now=clock.utc_now())
    return redirect(url_for("editions.mail_link", token=token), 303)


@security.csrf.exempt  # mail programs post here by themselves (RFC 8058); the token is what allows it
@pages.post("/editions/mail/<string:token>/leave")
@security.public
def leave_mail(token: str) -> Page:
    """No further mail, and no address kept; by the button, or by a mail program's one click."""
    with transaction() as session:
        mailing.leave(session, token, now=clock.utc_now())
    return render_template("editions/mail_left.html")
