"""What the OpenAPI document says of every operation beyond its schemas: who may call, headers, refusals."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from apispec import BasePlugin
from flask import Flask

from marketplace.accounts.models import Role
from marketplace.security import PUBLIC

View = TypeVar("View", bound=Callable[..., Any])
REFUSALS = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 409: "CONFLICT",
            412: "PRECONDITION_FAILED", 428: "PRECONDITION_REQUIRED"}
LONGEST_KEY = 100
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
    "description": "A name of your own for this request: sent again with the same body it gets the first answer."}
ETAG = {"ETag": {"description": "The version that an edit names in If-Match.", "schema": {"type": "string"}}}


def repeatable(view: View) -> View:
    """Say that an operation honours Idempotency-Key."""
    view.repeatable = True  # type: ignore[attr-defined]
    return view


def versioned(view: View) -> View:
    """Say that an operation answers with an ETag and, when it changes something, asks for If-Match."""
    view.versioned = True  # type: ignore[attr-defined]
    return view


class Declarations(BasePlugin):
    """Reads what the decorators left on each view, so that the document cannot differ from what is enforced."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def operation_helper(self, path: str | None = None, operations: dict[str, Any] | None = None,
                         **kwargs: Any) -> None:
        """Complete the operations of one path."""
        rule = kwargs["rule"]
        view = self.app.view_functions[rule.endpoint]
        for method, operation in (operations or {}).items():
            _access(operation, view.access)
            _headers(operation, method, view)
            statuses = _refusals(operation, method, view, found=bool(rule.arguments))
            for status in sorted(statuses):
                operation["responses"].setdefault(status, REFUSALS[status])


def _access(operation: dict[str, Any], access: str | tuple[str, ...]) -> None:
    if access == PUBLIC:
        operation["security"] = []
        return
    operation["security"] = [{"bearer": []}]
    roles = [role for role in access if role in set(Role)]
    said = f"For: {', '.join(roles)}." if roles else "For every role."
    operation["description"] = " ".join([operation.get("description", ""), said]).strip()


def _headers(operation: dict[str, Any], method: str, view: Callable[..., Any]) -> None:
    if getattr(view, "repeatable", False):
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    if not getattr(view, "versioned", False):
        return
    for status, response in operation["responses"].items():
        if str(status).startswith("2"):
            response["headers"] = ETAG
    if method != "get":
        operation.setdefault("parameters", []).append({
            "name": "If-Match", "in": "header", "required": method == "patch", "schema": {"type": "string"},
            "description": "The ETag of the version that was read."})


def _refusals(operation: dict[str, Any], method: str, view: Callable[..., Any], *, found: bool) -> set[int]:
    """The statuses an operation refuses with, besides 422."""
    statuses = set() if view.access == PUBLIC else {401, 403}
    if "requestBody" in operation:
        statuses |= {400}
    if found:
        statuses |= {404} | ({409} if method != "get" else set())
    if getattr(view, "versioned", False) and method != "get":
        statuses |= {412, 428}
    return statuses
