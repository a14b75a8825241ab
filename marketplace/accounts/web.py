"""Signing in and out, registering, and the account page."""
from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import Schema
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts import operations, queries
from marketplace.accounts.models import PayerType, Role, User
from marketplace.accounts.schemas import (
    LEAST_PASSWORD,
    OPC_SIZES,
    BuyerForm,
    FounderForm,
    KeyForm,
    PasswordForm,
    SignInForm,
)
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import language, t
from marketplace.rules import uscc
from marketplace.rules.errors import Invalid, RuleViolation
from marketplace.site import DESKS, local_path

pages = Blueprint("accounts", __name__)
Page = str | tuple[str, int] | Response


def desk_url(user: User) -> str:
    """Where a person's work begins."""
    return url_for(DESKS[Role(user.role)])


@pages.get("/signin")
@security.public
def sign_in() -> Page:
    """Ask for e-mail and password; who is signed in already goes to the desk."""
    if security.current_user:
        return redirect(desk_url(security.actor()))
    return render_template("accounts/sign_in.html", form=FormState(), next=request.args.get("next", ""))


@pages.post("/signin")
@security.public
def begin_session() -> Page:
    """Check the password and go where the person wanted to go. Only paths of this site are followed."""
    form = FormState(request.form)
    try:
        values = parse(SignInForm(), flat(request.form))
        user = _checked(values["email"], values["password"])
    except RuleViolation as violation:
        form.add(violation)
        wanted = request.form.get("next", "")
        return render_template("accounts/sign_in.html", form=form, next=wanted), violation.status
    security.sign_in(user)
    wanted = request.form.get("next", "")
    return redirect(local_path(wanted) if wanted else desk_url(user), 303)


def _checked(email: str, password: str) -> User:
    """The person with this address and password; the same refusal for a wrong password and an unknown address."""
    now = clock.utc_now()
    with reading() as session:
        until = queries.refused_until(session, email, now=now)
        user = queries.user_by_email(session, email)
    if until is not None:
        raise operations.TooManyAttempts("sign_in.refused", until=until, failures=operations.FAILURES)
    succeeded = security.password_matches(user.password_hash if user else None, password)
    with transaction() as session:
        operations.note_sign_in(session, email, succeeded=succeeded, now=now)
    if user is None or not succeeded:
        raise Invalid("sign_in.wrong")
    return user


@pages.post("/signout")
@security.public
def sign_out() -> Page:
    """End this session."""
    security.sign_out()
    flash(t("accounts.sign_out.done"), "success")
    return redirect(url_for("site.home"), 303)


@pages.get("/register")
@security.public
def register() -> Page:
    """Choose: a buyer or a founder. The credit code is checked on the next page."""
    if security.current_user:
        return redirect(desk_url(security.actor()))
    return render_template("accounts/register.html", form=FormState())


@pages.get("/register/founder")
@security.public
def founder_form() -> Page:
    """The form for a one-person company."""
    return _form_page(Role.FOUNDER)


@pages.post("/register/founder")
@security.public
def register_founder() -> Page:
    """Register a one-person company and sign its person in."""
    return _register(Role.FOUNDER, FounderForm())


@pages.get("/register/buyer")
@security.public
def buyer_form() -> Page:
    """The form for a buyer; a public body's code already says which kind of payer it is."""
    return _form_page(Role.BUYER)


@pages.post("/register/buyer")
@security.public
def register_buyer() -> Page:
    """Register a buyer and sign its person in."""
    return _register(Role.BUYER, BuyerForm())


def _form_page(role: Role) -> Page:
    code = request.args.get("uscc", "")[:40]
    form = FormState({"uscc": uscc.normalise(code)} if code else {})
    if code:
        try:
            form = FormState({"uscc": uscc.check(code), "payer_type": operations.guessed_payer_type(code)})
        except RuleViolation as violation:
            form.add(violation, "uscc")
    return _registration(role, form), 422 if form.has_errors else 200


def _registration(role: Role, form: FormState) -> str:
    return render_template(
        f"accounts/register_{role}.html", form=form, least=LEAST_PASSWORD,
        guessed=operations.guessed_payer_type(form.value("uscc")),
        size_options=[(size, t(f"accounts.size.{size}")) for size in OPC_SIZES],
        payer_options=[(kind, t(f"accounts.payer.{kind}")) for kind in PayerType])


def _register(role: Role, schema: Schema) -> Page:
    form = FormState(request.form)
    try:
        values = parse(schema, flat(request.form))
        password = values.pop("password")
        registration = operations.Registration(role=role, password_hash=security.hash_password(password), **values)
        with transaction() as session:
            user = operations.register(session, registration, now=clock.utc_now())
    except RuleViolation as violation:
        form.add(violation)
        return _registration(role, form), violation.status
    security.sign_in(user)
    flash(t(f"accounts.register.done_{role}"), "success")
    return redirect(desk_url(user), 303)


@pages.get("/account")
@security.require()
def account() -> Page:
    """Who one is, the password, the API keys, the language."""
    return _account()


@pages.post("/account/password")
@security.require()
def change_password() -> Page:
    """Change the password; every other session ends, this one goes on."""
    form, user = FormState(), security.actor()
    try:
        values = parse(PasswordForm(), flat(request.form))
        if not security.password_matches(user.password_hash, values["current"]):
            raise Invalid("account.wrong_password")
        hashed = security.hash_password(values["password"])
        with transaction() as session:
            user = operations.change_password(session, user.id, password_hash=hashed, actor=user,
                                              now=clock.utc_now())
    except RuleViolation as violation:
        form.add(violation, "current")
        return _account(password=form), violation.status
    security.sign_in(user)
    flash(t("accounts.password.done"), "success")
    return redirect(url_for("accounts.account"), 303)


@pages.post("/account/keys")
@security.require()
def issue_key() -> Page:
    """Issue an API key and show it, this once: it is stored nowhere, so there is nothing to redirect to."""
    form, token = FormState(request.form), operations.new_token()
    try:
        values = parse(KeyForm(), flat(request.form))
        with transaction() as session:
            operations.issue_key(session, actor=security.actor(), label=values["label"],
                                 digest=security.token_digest(token), prefix=token[:8], now=clock.utc_now())
    except RuleViolation as violation:
        form.add(violation)
        return _account(keys=form), violation.status
    return _account(token=token)


@pages.post("/account/keys/<int:key_id>/revoke")
@security.require()
def revoke_key(key_id: int) -> Page:
    """End one of one's own keys."""
    with transaction() as session:
        operations.revoke_key(session, key_id, actor=security.actor(), now=clock.utc_now())
    flash(t("accounts.keys.revoked"), "success")
    return redirect(url_for("accounts.account"), 303)


@pages.post("/account/calendar")
@security.require(Role.BUYER, Role.FOUNDER)
def open_calendar() -> Page:
    """Make the address of a calendar feed and show it, this once; an earlier address stops working."""
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        operations.open_calendar(session, digest=security.token_digest(token), actor=security.actor(),
                                 now=clock.utc_now())
    return _account(calendar=url_for("payments.calendar_feed", token=token, lang=language(), _external=True))


@pages.post("/account/calendar/close")
@security.require(Role.BUYER, Role.FOUNDER)
def close_calendar() -> Page:
    """End the calendar feed."""
    with transaction() as session:
        operations.close_calendar(session, actor=security.actor(), now=clock.utc_now())
    flash(t("calendar.account.closed"), "success")
    return redirect(url_for("accounts.account"), 303)


def _account(*, password: FormState | None = None, keys: FormState | None = None, token: str = "",
             calendar: str = "") -> Any:
    now = clock.utc_now()
    with reading() as session:
        issued = queries.keys_of(session, security.actor())
        return render_template(
            "accounts/account.html", password_form=password or FormState(), key_form=keys or FormState(),
            token=token, calendar=calendar, has_calendar=queries.has_calendar(session, security.actor()),
            live=[key for key in issued if key.is_live(now=now)],
            revoked=[key for key in issued if not key.is_live(now=now)], least=LEAST_PASSWORD)
