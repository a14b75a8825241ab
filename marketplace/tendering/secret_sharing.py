"""Splitting a secret into three shares, any two of which give it back and one of which tells nothing.

Shamir's scheme with threshold two ("How to Share a Secret", CACM 22(11), 1979): the secret is where a
straight line over the integers modulo a prime meets x = 0, and each share is one point of the line.
"""
from __future__ import annotations

import secrets
from collections.abc import Mapping

# The smallest prime above 2**256: every 32-byte secret is below it, every share fits in 33 bytes.
PRIME = 2**256 + 297
SECRET_BYTES = 32
SHARE_BYTES = 33
HOLDERS = (1, 2, 3)
THRESHOLD = 2


def split(secret: bytes) -> dict[int, bytes]:
    """Three shares of 33 bytes of a 32-byte secret, by their number. Raises ValueError on another length."""
    return share_out(secret, slope=secrets.randbelow(PRIME))


def share_out(secret: bytes, *, slope: int) -> dict[int, bytes]:
    """The points at x = 1, 2, 3 of the line through (0, secret) with the given slope.

    A slope drawn evenly from all numbers below the prime makes each single share evenly distributed too,
    whatever the secret: this is why one share tells nothing.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes, not {len(secret)}")
    start = int.from_bytes(secret, "big")
    return {x: ((start + slope * x) % PRIME).to_bytes(SHARE_BYTES, "big") for x in HOLDERS}


def combine(shares: Mapping[int, bytes]) -> bytes:
    """The secret from two shares by their number. Raises ValueError when they are not two points of such a line.

    Two shares always give some line, so a forged share gives a wrong secret, not an error: the caller checks
    the secret against what is known of it.
    """
    if len(shares) != THRESHOLD or not set(shares) <= set(HOLDERS):
        raise ValueError(f"two shares numbered 1 to 3 are needed, not {sorted(shares)}")
    (x1, y1), (x2, y2) = ((x, int.from_bytes(share, "big")) for x, share in shares.items())
    start = (y1 * x2 - y2 * x1) * pow(x2 - x1, -1, PRIME) % PRIME
    try:
        return start.to_bytes(SECRET_BYTES, "big")
    except OverflowError as error:
        raise ValueError("these shares do not belong together") from error
