"""One table from what went wrong to what a person or a program is told."""
from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from marshmallow import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from marketplace.forms import problems_of
from marketplace.i18n import has_text, sentence, t
from marketplace.rules.errors import Problems, RuleViolation

log = logging.getLogger(__name__)
API_PREFIX = "/api/"
PROBLEM = "application/problem+json"
RETRY_AFTER = "2"  # seconds; a crowd at a deadline has usually passed by then


def init_app(app: Flask) -> None:
    """Register the handlers; nothing reaches a reader as a stack trace."""
    app.register_error_handler(RuleViolation, _violation)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    """The API always answers problem JSON, the pages always answer pages."""
    return request.path.startswith(API_PREFIX)


def answer(status: int, code: str, detail: str, problems: list[dict[str, Any]] | None = None,
           facts: dict[str, Any] | None = None) -> Response | tuple[str, int]:
    """RFC 9457 problem JSON for the API, the error page otherwise."""
    title = t(f"status.{status}.title") if has_text(f"status.{status}.title") else t("status.other.title")
    if wants_json():
        body: dict[str, Any] = {"type": f"urn:jiebang:error:{code}", "title": title, "status": status,
                                "detail": detail, "code": code, "instance": request.path}
        if facts:
            body["facts"] = facts
        if problems:
            body["errors"] = problems
        response = jsonify(body)
        response.status_code = status
        response.content_type = PROBLEM
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response
    action = t(f"status.{status}.action") if has_text(f"status.{status}.action") else t("status.other.action")
    return render_template("error.html", status=status, title=title, text=detail, action=action,
                           problems=problems or []), status


def _violation(violation: RuleViolation) -> Response | tuple[str, int]:
    listed = [{"field": p.field, "row": p.row, "code": p.code, "message": sentence(p)}
              for p in violation.problems] if isinstance(violation, Problems) else None
    detail = t("error.problems", count=len(listed)) if listed else sentence(violation)
    facts = {name: value if isinstance(value, int | bool | list | type(None)) else str(value)
             for name, value in violation.facts.items()}
    return answer(violation.status, violation.code, detail, listed, facts)


def _http(error: HTTPException) -> Response | tuple[str, int]:
    if error.response is not None:
        return error.response  # a redirect raised as an exception
    status = error.code or 500
    # flask-smorest carries marshmallow's messages on the exception of a 422.
    # Of a body that is no JSON at all it carries a list: nothing has been validated then, the 400 stands.
    messages = (getattr(error, "data", None) or {}).get("messages") or {}
    by_field = {name: said for part in messages.values() if isinstance(part, dict) for name, said in part.items()}
    if by_field:
        return _violation(Problems(problems_of(ValidationError(by_field))))
    key = f"status.{status}.text"
    made = answer(status, f"http.{status}", t(key) if has_text(key) else t("status.other.text"))
    if status == 405 and getattr(error, "valid_methods", None):
        response = made if isinstance(made, Response) else Response(made[0], status, mimetype="text/html")
        response.headers["Allow"] = ", ".join(error.valid_methods)
        return response
    return made


def _unavailable(error: OperationalError | PoolTimeout) -> Response:
    """The database is away, or busy beyond patience. The transaction is rolled back whole: trying again is safe."""
    log.exception("database unavailable")
    response = make_response(answer(503, "http.503", t("status.503.text")))
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def _unexpected(error: Exception) -> Response | tuple[str, int]:
    log.exception("unexpected error at %s", request.path)
    return answer(500, "http.500", t("status.500.text"))
