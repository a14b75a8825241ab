"""The blueprint of the contract pages."""
from __future__ import annotations

from flask import Blueprint

pages = Blueprint("contracts", __name__)
POSITION = "/contracts/<number>/milestones/<int(max=9999):position>"
