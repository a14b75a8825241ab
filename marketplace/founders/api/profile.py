"""/api/v1/profile: a founder's own profile, edited under If-Match."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.founders import operations, queries
from marketplace.founders.api.blueprint import blp
from marketplace.founders.models import CapabilityProfile
from marketplace.founders.operations import ProfileDraft
from marketplace.founders.schemas import ProfileSchema, StoredProfileSchema
from marketplace.openapi import versioned
from marketplace.rules.errors import NotFound


@blp.route("/profile")
@blp.response(200, StoredProfileSchema)
@versioned
@security.require(Role.FOUNDER)
def profile() -> Any:
    """The stored profile; its ETag is what an edit sends back in If-Match."""
    with reading() as session:
        found = queries.profile_of(session, security.actor().organisation_id)
        if found is None:
            raise NotFound("profile.none_yet")
        return _answer(found)


@blp.route("/profile", methods=["PUT"])
@blp.arguments(ProfileSchema)
@blp.response(200, StoredProfileSchema)
@versioned
@security.require(Role.FOUNDER)
def save_profile(draft: ProfileDraft) -> Any:
    """Create the profile, or replace it: then If-Match must name the version that was read (428, 412)."""
    with transaction() as session:
        before = queries.profile_of(session, security.actor().organisation_id)
        if before is not None and not request.if_match:
            raise PreconditionRequired
        if before is not None and not request.if_match.contains(str(before.version)):
            raise PreconditionFailed
        saved = operations.save_profile(session, draft, actor=security.actor(), now=clock.utc_now(),
                                        read_version=before.version if before is not None else None)
        answer = _answer(saved)
    jobs.enqueue("refresh_stale_matches")
    return answer


def _answer(found: CapabilityProfile) -> Response:
    response = jsonify(StoredProfileSchema().dump(found))
    response.set_etag(str(found.version))
    return response
