"""Sign-in, roles and tokens; who may pass which door."""
from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.local import LocalProxy

from marketplace import clock
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Role, User
from marketplace.config import Settings
from marketplace.db import reading
from marketplace.errors import wants_json
from marketplace.rules.errors import NotAllowed

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = ("signed_in",)
csrf = CSRFProtect()
POLICY = ("default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
          "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'")


class NotSignedIn(NotAllowed):
    """The door needs a person and nobody is signed in."""

    status = 401


def init_app(app: Flask, settings: Settings) -> None:
    """Cookies, CSRF, the signed-in person of each request, and the response headers."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_NAME="jiebang", PERMANENT_SESSION_LIFETIME=dt.timedelta(hours=12), WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.secure_cookies)
    csrf.init_app(app)
    app.before_request(_load_user)
    app.before_request(_guard_api)
    app.after_request(_headers)


def hasher() -> PasswordHasher:
    """argon2id with the cost from the settings."""
    settings: Settings = current_app.extensions["settings"]
    return PasswordHasher(time_cost=settings.argon2_time, memory_cost=settings.argon2_memory_kib, parallelism=1)


def hash_password(password: str) -> str:
    """argon2id hash of a password."""
    return hasher().hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; takes as long when there is none, so that accounts cannot be guessed."""
    try:
        return hasher().verify(stored or _decoy(), password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def _decoy() -> str:
    if "decoy_hash" not in current_app.extensions:
        current_app.extensions["decoy_hash"] = hash_password("decoy")
    return current_app.extensions["decoy_hash"]


def token_digest(token: str) -> str:
    """What is stored of an API key; the key itself is 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(user: User) -> None:
    """Begin a session for a person whose password has been checked."""
    session.clear()
    session.permanent = True
    session["user"], session["epoch"] = user.id, user.session_epoch
    g.user = user


def sign_out() -> None:
    """End this session."""
    session.clear()
    g.user = None


def _load_user() -> None:
    g.user = None
    if request.endpoint == "static":
        return
    if wants_json():
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            with reading() as db:
                g.user = accounts.user_of_key(db, token_digest(token.strip()), now=clock.utc_now())
    elif "user" in session:
        with reading() as db:
            g.user = accounts.user_of_session(db, session["user"], session.get("epoch"))


def _guard_api() -> None:
    """The API says who may call before it looks at what was sent."""
    access = getattr(current_app.view_functions.get(request.endpoint or ""), "access", PUBLIC)
    if wants_json() and access != PUBLIC and request.method != "OPTIONS":
        _admit(() if access == SIGNED_IN else access)


def _admit(roles: tuple[str, ...]) -> None:
    """Raises NotSignedIn or NotAllowed."""
    if g.user is None:
        raise NotSignedIn("access.key_required")
    if roles and g.user.role not in roles:
        raise NotAllowed("access.role", roles=[Role(role) for role in roles], role=Role(g.user.role))


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if g.get("user") is not None:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


current_user: User = LocalProxy(lambda: g.get("user"))  # type: ignore[assignment]


def actor() -> User:
    """The signed-in person, for a door that `require` guards."""
    return g.user


def public(view: View) -> View:
    """Declare that anyone may call this route."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def require(*roles: str) -> Callable[[View], View]:
    """Declare who may call this route: any of `roles`, or anyone signed in when none is named.

    Pages send people to sign in; the API answers 401 or 403.
    """
    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if g.user is None and not wants_json():
                return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
            _admit(roles)
            return view(*args, **kwargs)

        guarded.access = roles or SIGNED_IN  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return wrap
