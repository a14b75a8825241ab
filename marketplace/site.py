"""The frame every page stands in: navigation, language switch, home page, and the style guide."""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Flask, abort, current_app, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from marketplace import clock, display, i18n, styleguide
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Role
from marketplace.config import Settings
from marketplace.db import reading
from marketplace.demand import queries as demand
from marketplace.forms import field_title
from marketplace.rules.money import format_fen
from marketplace.security import public
from marketplace.seed.cast import DEMO_DOMAIN

site = Blueprint("site", __name__)
ONE_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Place:
    """An entry of the navigation: shown when its endpoint exists. `roles` empty: shown to everyone."""

    endpoint: str
    text: str
    roles: tuple[str, ...] = ()


PLACES = (
    Place("demand.desk", "layout.nav.buyer", (Role.BUYER,)),
    Place("founders.desk", "layout.nav.founder", (Role.FOUNDER,)),
    Place("oversight.desk", "layout.nav.operator", (Role.OPERATOR,)),
    Place("demand.review_queue", "layout.nav.reviews", (Role.OPERATOR,)),
    Place("demand.board", "layout.nav.board"),
    Place("editions.index", "layout.nav.editions"),
    Place("demand.projects", "layout.nav.projects", (Role.BUYER,)),
    Place("questions.waiting", "layout.nav.questions", (Role.BUYER, Role.OPERATOR)),
    Place("suggestions.for_founder", "layout.nav.matches", (Role.FOUNDER,)),
    Place("suggestions.proposals", "layout.nav.proposals", (Role.BUYER, Role.OPERATOR)),
    Place("searches.index", "searches.title", (Role.FOUNDER,)),
    Place("tendering.bids", "layout.nav.bids", (Role.FOUNDER,)),
    Place("demand.followed", "layout.nav.following", (Role.FOUNDER,)),
    Place("contracts.index", "layout.nav.contracts", tuple(Role)),
    Place("ledger.journal", "layout.nav.ledger", tuple(Role)),
    Place("founders.profile", "layout.nav.profile", (Role.FOUNDER,)),
    Place("disclosure.index", "layout.nav.disclosure", (Role.BUYER, Role.OPERATOR)),
    Place("complaints.standing", "layout.nav.standing", (Role.BUYER,)),
    Place("enforcement.taken", "layout.nav.ladder", (Role.OPERATOR,)),
    Place("complaints.desk", "layout.nav.remedies", (Role.OPERATOR,)),
    Place("integrity.index", "integrity.leads.title", (Role.OPERATOR,)),
    Place("founders.credential_queue", "founders.credentials.queue", (Role.OPERATOR,)),
    Place("audit.chain", "layout.nav.chain", (Role.OPERATOR,)),
    Place("notices.inbox", "layout.nav.notices", tuple(Role)),
)
DESKS = {Role.BUYER: "demand.desk", Role.FOUNDER: "founders.desk", Role.OPERATOR: "oversight.desk"}
LATEST = 6


def init_app(app: Flask) -> None:
    """Register the frame's pages and what every template may use."""
    settings: Settings = app.extensions["settings"]
    app.register_blueprint(site)
    if settings.debug or settings.testing:
        app.register_blueprint(styleguide.pages)
    app.jinja_env.globals.update(
        t=i18n.t, label=i18n.label, money=format_fen, day=i18n.day, moment=i18n.moment,
        score_parts=display.score_parts, field_title=field_title)
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
        "api_docs_url": _url("api_docs"), "account_url": _url("accounts.account")}


def navigation(role: str | None) -> list[dict[str, Any]]:
    """The places a role may go to: label, href, and where the reader is ("page", or "true" for a page below it)."""
    shown = [(place, url) for place in PLACES if not place.roles or role in place.roles
             if (url := _url(place.endpoint))]
    here = max((url for _, url in shown if f"{request.path}/".startswith(f"{url}/")), key=len, default=None)
    current = "page" if request.path == here else "true"
    return [{"label": i18n.t(place.text), "href": url, "current": current if url == here else ""}
            for place, url in shown]


def _url(endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in current_app.view_functions else None


@site.get("/")
@public
def home() -> str:
    """What this is, the latest demands, what the law promises, and the three doors."""
    now = clock.utc_now()
    doors = ((Role.FOUNDER, _url("accounts.register"), "primary"), (Role.BUYER, _url("accounts.register"), "secondary"),
             (Role.OPERATOR, _url("accounts.sign_in"), "secondary"))
    with reading() as session:
        return render_template(
            "site/home.html", doors=doors, demo=_is_demo(session), demands=demand.board(session, now=now, limit=LATEST),
            open_count=demand.active_count(session, now=now), board_url=_url("demand.board"),
            show_url="demand.show" if "demand.show" in current_app.view_functions else None,
            desk_url=_url(DESKS[Role(g.user.role)]) if g.user else None)


def _is_demo(session: Session) -> bool:
    return any(user.email.endswith(DEMO_DOMAIN) for user in accounts.people_of_role(session, Role.OPERATOR))


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
    """The path and query of `target` when they are a page of this site that GET opens, else the home page's path.

    Whatever host `target` names is dropped, so the language switch is no open redirect; so is its "lang".
    """
    try:
        parts = urlsplit(target)
        path = f"/{parts.path.lstrip('/')}"
        current_app.url_map.bind("").match(path, method="GET")
    except (ValueError, HTTPException):
        return url_for("site.home")
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query, True) if name != "lang"])
    return f"{path}?{query}" if query else path
