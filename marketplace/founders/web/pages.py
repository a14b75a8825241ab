"""What the pages share: the blueprint and what a view may answer."""
from __future__ import annotations

from flask import Blueprint, Response

pages = Blueprint("founders", __name__)
Page = str | tuple[str, int] | Response
