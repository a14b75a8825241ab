"""The blueprint that the routes of this folder hang on."""
from __future__ import annotations

from flask_smorest import Blueprint

blp = Blueprint("api-demand", __name__, url_prefix="/api/v1",
                description="Demands up to their publication, lists from files, and projects cut into slices.")
