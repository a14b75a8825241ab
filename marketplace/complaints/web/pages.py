"""The blueprint of the pages about what follows a late payment."""
from __future__ import annotations

from flask import Blueprint

pages = Blueprint("complaints", __name__)
