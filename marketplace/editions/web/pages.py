"""What the pages share: the blueprint, and the picker of editions for the board."""
from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace.db import reading
from marketplace.editions import queries

pages = Blueprint("editions", __name__)
Page = str | tuple[str, int] | Response
ONE = "/editions/<string:month>"
PICKED = 24


@pages.app_context_processor
def shared() -> dict[str, Any]:
    """`published_editions()`: the newest editions, for templates/editions/_picker.html."""
    return {"published_editions": published_editions}


def published_editions(session: Session | None = None) -> list[Any]:
    """The published editions, newest month first."""
    if session is not None:
        return queries.published(session, limit=PICKED)
    with reading() as opened:
        return queries.published(opened, limit=PICKED)
