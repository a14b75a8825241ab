"""The frame every page stands in: navigation, language switch, home page, and the style guide."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Flask, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from marketplace import clock, display, i18n, styleguide
from marketplace.config import Settings
from marketplace.rules.money import format_fen
from marketplace.security import public

site = Blueprint("site", __name__)
ONE_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Place:
    """An entry of the navigation: shown when its endpoint exists. `roles` empty: shown to everyone."""

    endpoint: str
    text: str
    roles: tuple[str, ...] = ()


PLACES = (
    Place("demand.board", "layout.nav.board"),
    Place("founders.directory", "layout.nav.founders", ("buyer", "operator")),
)


def init_app(app: Flask) -> None:
    """Register the frame's pages and what every template may use."""
    settings: Settings = app.extensions["settings"]
    app.register_blueprint(site)
    if settings.debug or settings.testing:
        app.register_blueprint(styleguide.pages)
    app.jinja_env.globals.update(
        t=i18n.t, label=i18n.label, money=format_fen, day=i18n.day, moment=i18n.moment,
        score_parts=display.score_parts)
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """Who is here, when it is, in which language, and where one can go."""
    now = clock.utc_now()
    user = g.get("user")
    return {
        "lang": i18n.language(), "now": now, "today": clock.legal_day(now), "current_user": user,
        "time_left": partial(display.time_left, now=now), "nav": navigation(user.role if user else None),
        "this_page": request.full_path.rstrip("?"), "sign_in_url": _url("accounts.sign_in"),
        "sign_out_url": _url("accounts.sign_out"), "register_url": _url("accounts.register"),
        "api_docs_url": _url("api_docs")}


def navigation(role: str | None) -> list[dict[str, Any]]:
    """The places a role may go to, each with label, href and whether the reader is there."""
    shown = [place for place in PLACES if (not place.roles or role in place.roles) and _url(place.endpoint)]
    return [{"label": i18n.t(place.text), "href": _url(place.endpoint),
             "current": request.endpoint == place.endpoint} for place in shown]


def _url(endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in current_app.view_functions else None


@site.get("/")
@public
def home() -> str:
    """What this is, the current list, and the three doors."""
    return render_template("site/home.html")


@site.post("/language")
@public
def switch_language() -> Response:
    """Remember the language for a year and stay on the same page."""
    chosen = request.form.get("lang", "")
    if chosen not in i18n.LANGUAGES:
        abort(400)
    response = redirect(local_path(request.form.get("next", "")), 303)
    settings: Settings = current_app.extensions["settings"]
    response.set_cookie(i18n.COOKIE, chosen, max_age=ONE_YEAR, httponly=True, samesite="Lax",
                        secure=settings.secure_cookies)
    return response


def local_path(target: str) -> str:
    """`target` when it is a path of this site that can be opened with GET, else the home page's path.

    Keeps the language switch from becoming an open redirect; the parameter "lang" is taken out.
    """
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target[1:2] in {"/", "\\"}:
        return url_for("site.home")
    try:
        current_app.url_map.bind("").match(parts.path, method="GET")
    except HTTPException:
        return url_for("site.home")
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query, True) if name != "lang"])
    return f"{parts.path}?{query}" if query else parts.path
