"""The blueprint of the pages about payments."""
from __future__ import annotations

from flask import Blueprint

pages = Blueprint("payments", __name__)
