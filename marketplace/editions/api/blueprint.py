"""The blueprint that the routes of this folder hang on."""
from __future__ import annotations

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from marketplace import security
from marketplace.editions import queries
from marketplace.editions.models import Edition

blp = Blueprint("api-editions", __name__, url_prefix="/api/v1",
                description="Monthly editions: frozen with a hash, compared with the last, looked back on.")
ONE = "/editions/<string:month>"


def found(session: Session, month: str) -> Edition:
    """The edition of an address as the caller may see it. Raises NotFound."""
    return queries.visible_to(session, month, actor=security.current_user or None)
