"""Published editions for programs: the exact bytes, OCDS, recap, feeds, and what one wants to be told of."""
from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.editions import document as documents
from marketplace.editions import ocds, operations, queries, recap
from marketplace.editions.api.blueprint import ONE, blp, found
from marketplace.editions.api.feeds import ATOM, demands_feed, editions_feed
from marketplace.editions.schemas import (
    AsOf,
    EditionListOut,
    EditionOut,
    EditionWholeOut,
    RecapOut,
    SubscriptionIn,
    SubscriptionOut,
    TrackOut,
)
from marketplace.rules.editions import differences

JSON = "application/json; charset=utf-8"
IN_FEED = 60


@blp.get("/editions")
@blp.response(200, EditionListOut)
@security.public
def get_editions() -> Response:
    """Published editions, newest month first."""
    with reading() as session:
        return jsonify(EditionListOut().dump({"editions": queries.published(session)}))


@blp.get(ONE)
@blp.response(200, EditionWholeOut)
@security.public
def get_edition(month: str) -> Response:
    """One edition ("2026-11") with its document, what differs from the last, and what was cancelled since."""
    with reading() as session:
        edition = found(session, month)
        said = operations.document_of(session, edition, now=clock.utc_now())
        against = differences(said)
        return jsonify(EditionWholeOut().dump(EditionOut().dump(edition) | {
            "month": edition.month, "frozen_at": edition.frozen_at, "published_at": edition.published_at,
            "document": said,
            "differences": {"new": [item["code"] for item in against.new], "gone": list(against.gone),
                            "carried": [item["code"] for item in against.carried],
                            "changed": [{"code": item["code"], "fields": item["changed"]} for item in against.changed]},
            "cancelled": [{"code": code, "reason": one.closed_reason, "cancelled_at": one.updated_at}
                          for code, one in queries.cancelled_since(session, edition).items()]}))


@blp.get(f"{ONE}/document")
@blp.response(200)
@security.public
def get_document(month: str) -> Response:
    """The document as it was hashed: `sha256sum` of this file is the edition's `document_hash`."""
    with reading() as session:
        edition = found(session, month)
        body = documents.canonical(operations.document_of(session, edition, now=clock.utc_now()))
        return _file(body, JSON, f"edition-{edition.name}.json")


@blp.get(f"{ONE}/ocds")
@blp.response(200)
@security.public
def get_ocds(month: str) -> Response:
    """The edition as an OCDS 1.1 release package, with what is public of each demand now."""
    settings = current_app.extensions["settings"]
    with reading() as session:
        edition = queries.published_one(session, month)
        made = ocds.package(session, edition, public_url=settings.public_url, now=clock.utc_now())
        return _file(documents.canonical(made), JSON, f"edition-{edition.name}-ocds.json")


def _file(body: bytes, mimetype: str, name: str) -> Response:
    return Response(body, content_type=mimetype, headers={"Content-Disposition": f"attachment; filename={name}"})


@blp.get(f"{ONE}/recap")
@blp.arguments(AsOf, location="query")
@blp.response(200, RecapOut)
@security.public
def get_recap(query: dict[str, Any], month: str) -> Response:
    """How the edition had turned out by the end of a day: taken, awarded, delivered, paid on time."""
    now = clock.utc_now()
    with reading() as session:
        outcome = recap.of_edition(session, queries.published_one(session, month), now=now,
                                   as_of=query["as_of"] or clock.legal_day(now))
        return jsonify(RecapOut().dump(outcome))


@blp.get("/feeds/editions")
@blp.response(200)
@security.public
def get_editions_feed() -> Response:
    """Published editions as an Atom feed (RFC 4287)."""
    settings = current_app.extensions["settings"]
    with reading() as session:
        return Response(editions_feed(queries.published(session, limit=IN_FEED), public_url=settings.public_url),
                        content_type=ATOM)


@blp.get("/feeds/demands")
@blp.response(200)
@security.public
def get_demands_feed() -> Response:
    """The newest demands that take bids as an Atom feed (RFC 4287)."""
    settings = current_app.extensions["settings"]
    with reading() as session:
        newest = demands.board(session, now=clock.utc_now(), limit=IN_FEED)
        return Response(demands_feed(newest, public_url=settings.public_url), content_type=ATOM)


@blp.get("/edition-tracks")
@blp.response(200, TrackOut(many=True))
@security.public
def get_tracks() -> Response:
    """The tracks."""
    with reading() as session:
        return jsonify(TrackOut(many=True).dump(queries.tracks(session)))


@blp.get("/edition-subscription")
@blp.response(200, SubscriptionOut)
@security.require()
def get_subscription() -> Response:
    """What the caller's organisation is told of."""
    with reading() as session:
        return jsonify(_subscription(session))


@blp.put("/edition-subscription")
@blp.arguments(SubscriptionIn)
@blp.response(200, SubscriptionOut)
@security.require()
def put_subscription(values: dict[str, Any]) -> Response:
    """Choose every edition, or tracks, in place of what was chosen before."""
    with transaction() as session:
        operations.subscribe(session, **values, actor=security.actor(), now=clock.utc_now())
        session.flush()
        return jsonify(_subscription(session))


def _subscription(session: Session) -> dict[str, Any]:
    held = queries.subscriptions_of(session, security.actor().organisation_id)
    return {"every": any(one.track is None for one in held),
            "tracks": [one.track.code for one in held if one.track is not None]}
