"""/api/v1/me: whom an API key belongs to. Keys are issued on the account page only."""
from __future__ import annotations

from flask_smorest import Blueprint

from marketplace import security
from marketplace.accounts.models import User
from marketplace.accounts.schemas import MeSchema

blp = Blueprint("api-accounts", __name__, url_prefix="/api/v1", description="Who is calling.")


@blp.route("/me")
@blp.response(200, MeSchema)
@security.require()
def me() -> User:
    """The person and organisation this API key belongs to."""
    return security.actor()
