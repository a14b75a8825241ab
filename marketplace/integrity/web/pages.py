"""The blueprint of the pages about conflicts of interest and collusion."""
from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

pages = Blueprint("integrity", __name__)
Page = str | tuple[str, int] | Response
