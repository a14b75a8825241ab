"""Using the pages as a browser without JavaScript does: cookies kept, the hidden token sent back."""
from __future__ import annotations

import html
import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace import security
from marketplace.db import transaction

PASSWORD = "correct horse battery"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAG = re.compile(r"<[^>]+>")


def populated(app: Flask, make: Any) -> Any:
    """What ``make(session, password_hash)`` made, in one transaction of the application's database."""
    with app.app_context(), transaction() as session:
        return make(session, security.hash_password(PASSWORD))


def sign_in(app: Flask, email: str, password: str = PASSWORD) -> FlaskClient:
    """A browser of its own in which this person is signed in."""
    client = app.test_client()
    answer = post(client, "/signin", {"email": email, "password": password})
    assert answer.status_code == 303, text(answer)
    return client


def post(client: FlaskClient, url: str, data: dict[str, Any] | None = None, *, page: str = "/signin",
         **options: Any) -> TestResponse:
    """Submit a form with the token that any page of this browser carries."""
    token = _TOKEN.search(client.get(page, follow_redirects=True).get_data(as_text=True))
    assert token, f"{page} has no form"
    return client.post(url, data={"csrf_token": token[1], **(data or {})}, **options)


def text(answer: TestResponse) -> str:
    """The words of a page, without its markup."""
    return re.sub(r"\s+", " ", html.unescape(_TAG.sub(" ", answer.get_data(as_text=True))))


def bearer(name: str) -> dict[str, str]:
    """The header of a call with the API key of this person."""
    return {"Authorization": f"Bearer key-{name}"}
