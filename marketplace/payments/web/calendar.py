"""The calendar feed: whoever has the address reads one person's days, nothing else. RFC 5545."""
from __future__ import annotations

import datetime as dt

from flask import Response, request
from icalendar import Calendar, Event

from marketplace import clock, security
from marketplace.accounts import queries as accounts
from marketplace.db import reading
from marketplace.i18n import language, t
from marketplace.payments import agenda, texts
from marketplace.payments.web.pages import pages
from marketplace.rules.errors import NotFound

DOMAIN = "jiebang"
REFRESH = dt.timedelta(hours=6)


@pages.get("/calendar/<string:token>.ics")
@security.public
def calendar_feed(token: str) -> Response:
    """The days of the person the token belongs to, in the language of the address. Raises NotFound."""
    now = clock.utc_now()
    with reading() as session:
        user = accounts.user_of_calendar(session, security.token_digest(token))
        if user is None:
            raise NotFound("not_found", what="calendar", id=token[:8])
        body = _written(agenda.of_user(session, user, now=now), now=now)
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'inline; filename="jiebang.ics"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language()
    return response


def _written(entries: list[agenda.Entry], *, now: dt.datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Jiebang//Payment calendar//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", t("calendar.name"))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, now=now))
    return calendar.to_ical()


def _event(entry: agenda.Entry, *, now: dt.datetime) -> Event:
    """One entry. A day is an all-day event, a moment one of no length; neither makes its reader busy."""
    event = Event()
    event.add("uid", f"{entry.key}@{DOMAIN}")
    event.add("dtstamp", now)
    event.add("dtstart", entry.on)
    if not isinstance(entry.on, dt.datetime):
        event.add("dtend", entry.on + dt.timedelta(days=1))
    event.add("summary", _plain(t(f"calendar.event.{entry.kind}", **entry.facts)))
    said = [t(f"calendar.about.{entry.kind}", **entry.facts)]
    if entry.found is not None:
        said += [f"{sentence} {article}" for sentence, article in texts.why_due(entry.found)]
        said += texts.flags(entry.found)
    event.add("description", "\n".join(map(_plain, said)))
    event.add("url", request.url_root.rstrip("/") + entry.path)
    event.add("transp", "TRANSPARENT")
    return event


def _plain(text: str) -> str:
    """On one line and without control characters, whatever somebody wrote into a title."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
