"""Large request bodies: which doors take them, how much, and where the files of bids lie."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

from marketplace.tendering.store import Store

View = TypeVar("View", bound=Callable[..., Any])


def takes(most_bytes: int) -> Callable[[View], View]:
    """Declare how large a request a route takes, beyond the limit of all others."""
    def mark(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark


def allow() -> None:
    """Give the request at hand its route's limit; runs before anything reads its body."""
    most = getattr(current_app.view_functions.get(request.endpoint or ""), "most_bytes", None)
    if most is not None:
        request.max_content_length = most


def attachment_files() -> Store:
    """The folder of the encrypted files of bids, beside the database and outside what is served."""
    return Store(current_app.extensions["settings"].instance_path / "attachments")


def trial_files() -> Store:
    """The folder of the data offered for trials, beside the database and outside what is served."""
    return Store(current_app.extensions["settings"].instance_path / "validation")
