"""The blueprint that the routes of this folder hang on."""
from __future__ import annotations

from flask_smorest import Blueprint

blp = Blueprint("api-founders", __name__, url_prefix="/api/v1",
                description="A founder's own capability profile, credentials, verified cases and calendar.")
