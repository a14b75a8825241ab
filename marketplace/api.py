"""/api/v1: the OpenAPI document from blueprints and schemas, paging, idempotent creates."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from marketplace import clock, security
from marketplace.accounts import operations as accounts
from marketplace.db import transaction
from marketplace.errors import PROBLEM
from marketplace.fields import Between
from marketplace.openapi import LONGEST_KEY, Declarations
from marketplace.rules.errors import Invalid

PREFIX = "/api/v1"


class MistakeSchema(Schema):
    """One of several mistakes: the field, in a file also the row, and what to do about it."""

    field = fields.String()
    row = fields.Integer(allow_none=True)
    code = fields.String()
    message = fields.String()


class ProblemSchema(Schema):
    """RFC 9457 problem JSON."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    code = fields.String()
    instance = fields.String()
    facts = fields.Dict()
    errors = fields.List(fields.Nested(MistakeSchema))


class PageSchema(Schema):
    """A page of a list: give `after` the `next` of the page before."""

    after = fields.Integer(load_default=0, validate=Between(0, 2**31 - 1))
    limit = fields.Integer(load_default=50, validate=Between(1, 200))


class JiebangApi(Api):
    """flask-smorest, with our own error handlers in place of its own."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """marketplace.errors answers for the API too."""

    def _register_responses(self) -> None:
        """Refusals are problem JSON, successes plain JSON."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE, plain = PROBLEM, self.DEFAULT_RESPONSE_CONTENT_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = plain


def init_app(app: Flask, blueprints: list[Blueprint]) -> None:
    """Register the API's blueprints and serve its document and a page to browse it."""
    app.config.update(
        API_TITLE="Jiebang 揭榜 API", API_VERSION="v1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": "Amounts are integer fen. Days are calendar days in Asia/Shanghai. "
                                    "Authenticate with `Authorization: Bearer <API key>`."},
            "security": [{"bearer": []}],
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}})
    app.before_request(_refuse_extreme_json)
    api = JiebangApi(app, spec_kwargs={"extra_plugins": [Declarations(app)]})
    for blueprint in blueprints:
        security.csrf.exempt(blueprint)
        api.register_blueprint(blueprint)
    app.add_url_rule(f"{PREFIX}/docs", "api_docs", security.public(docs))
    security.public(app.view_functions["api-docs.openapi_json"].__func__)  # a method of flask-smorest's Api


def _refuse_extreme_json() -> None:
    """JSON nested without end, or a number of thousands of digits: the parsers behind would answer with a 500."""
    if not (request.path.startswith(f"{PREFIX}/") and request.is_json):
        return
    try:
        json.loads(request.get_data() or b"null")
    except (json.JSONDecodeError, UnicodeDecodeError):
        return  # not JSON at all: each operation says so itself
    except (RecursionError, ValueError) as error:
        raise BadRequest from error


def docs() -> str:
    """The API's document, browsable."""
    return render_template("api_docs.html")


def idempotency_key() -> str:
    """What the caller named this request, "" for nothing. Raises Invalid when the name is too long to be kept."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        raise Invalid("idempotency.key_too_long", most=LONGEST_KEY, length=len(key))
    return key


def create_once(schema: Schema, make: Callable[[Session], Any], status: int = 201) -> tuple[Response, int]:
    """Make something in one transaction; with an Idempotency-Key a repeat gets the first answer again.

    Returns (response, status), already dumped: `@blp.response` documents it and passes it through. The answer is kept
    in the same transaction as the change.
    """
    key = idempotency_key()
    with transaction() as session:
        if not key:
            return jsonify(schema.dump(make(session))), status
        said = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.get_data()).hexdigest()
        reply = accounts.reserve_reply(session, actor=security.actor(), key=key, digest=said, now=clock.utc_now())
        if not reply.status:
            body = schema.dump(make(session))
            reply.status, reply.body = status, json.dumps(body, ensure_ascii=False)
        return jsonify(json.loads(reply.body)), reply.status
