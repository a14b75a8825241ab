"""What the pages of bidding share: the blueprint, and scores as they are written."""
from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from marketplace import uploads
from marketplace.rules.joint_bid import percent
from marketplace.tendering.evaluation import hundredths

pages = Blueprint("tendering", __name__)
Page = str | tuple[str, int] | Response


@pages.context_processor
def shared() -> dict[str, Any]:
    """`points(8333)` → "83.33": points and scores are kept in hundredths; `percent(3334)` → "33.34"; `stored(file)`:
    whether a bid's file is still there."""
    return {"points": hundredths, "percent": percent, "stored": uploads.attachment_files().holds}
