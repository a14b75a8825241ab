"""The blueprint the operations of this folder share."""
from __future__ import annotations

from flask_smorest import Blueprint

blp = Blueprint("api-suggestions", __name__, url_prefix="/api/v1",
                description="Who fits what, with reasons that add up; what people say to it; invitations.")
