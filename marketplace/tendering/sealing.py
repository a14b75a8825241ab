"""The sealed envelope: a bid's exact text, its commitment, and the boxes that hold it and the keys.

X25519, XSalsa20-Poly1305 and argon2id come from libsodium (PyNaCl); nothing is invented here.
"""
from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from nacl import pwhash
from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.utils import random as random_bytes

from marketplace.audit.operations import canonical
from marketplace.rules.errors import Invalid, NotAllowed

NONCE_BYTES = 32
BLOCK_BYTES = 4096  # ciphertexts come in these steps, so that their length tells little of the plan's


class CannotOpen(Exception):
    """A box that this key does not open, or that was changed."""


@dataclass(frozen=True)
class WrappingCost:
    """argon2id cost of one try at a passphrase; the default is RFC 9106's second recommended option."""

    passes: int = 3
    memory_kib: int = 65536


def new_nonce() -> str:
    """32 random bytes in hexadecimal: without them a short bid could be guessed from its commitment."""
    return secrets.token_hex(NONCE_BYTES)


def payload_text(payload: dict[str, Any]) -> str:
    """The exact text of a bid: JSON with sorted keys and no spaces, the file a founder keeps."""
    return canonical(payload)


def commitment(text: str) -> str:
    """SHA-256 of a bid's exact text in hexadecimal, as `sha256sum FILE` prints it."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal(data: bytes, public_key: bytes) -> bytes:
    """Encrypt so that only the private key opens it; nobody, not even the sender, can open it again."""
    return SealedBox(PublicKey(public_key)).encrypt(data)


def unseal(box: bytes, private_key: bytes) -> bytes:
    """What a box holds. Raises CannotOpen."""
    try:
        return SealedBox(PrivateKey(private_key)).decrypt(box)
    except (CryptoError, ValueError, TypeError) as error:
        raise CannotOpen from error


def seal_bid(text: str, public_key: bytes) -> bytes:
    """A bid's exact text, padded and sealed to the demand's key."""
    return seal(sodium_pad(text.encode(), BLOCK_BYTES), public_key)


def unseal_bid(box: bytes, private_key: bytes) -> str:
    """A bid's exact text. Raises CannotOpen."""
    try:
        return sodium_unpad(unseal(box, private_key), BLOCK_BYTES).decode()
    except (CryptoError, UnicodeDecodeError) as error:
        raise CannotOpen from error


def read_payload(text: str) -> dict[str, Any]:
    """The bid in its exact text. Raises CannotOpen when it is not a JSON object."""
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CannotOpen from error
    if not isinstance(payload, dict):
        raise CannotOpen
    return payload


def new_key_pair() -> tuple[bytes, bytes]:
    """(private key, public key), 32 bytes each."""
    key = PrivateKey.generate()
    return bytes(key), bytes(key.public_key)


def public_key_of(private_key: bytes) -> bytes:
    """The public key that belongs to a private key."""
    return bytes(PrivateKey(private_key).public_key)


def wrap(private_key: bytes, passphrase: str, cost: WrappingCost) -> tuple[bytes, dict[str, Any]]:
    """(wrapped key, how it was wrapped): a private key under a passphrase."""
    salt = random_bytes(pwhash.argon2id.SALTBYTES)
    wrapping = {"kdf": "argon2id", "salt": salt.hex(), "passes": cost.passes, "memory_kib": cost.memory_kib}
    return bytes(SecretBox(_stretched(passphrase, wrapping)).encrypt(private_key)), wrapping


def unwrap(wrapped: bytes, passphrase: str, wrapping: dict[str, Any]) -> bytes:
    """The private key under a passphrase. Raises NotAllowed("opening.wrong_passphrase")."""
    try:
        return SecretBox(_stretched(passphrase, wrapping)).decrypt(wrapped)
    except CryptoError as error:
        raise NotAllowed("opening.wrong_passphrase") from error


def _stretched(passphrase: str, wrapping: dict[str, Any]) -> bytes:
    return pwhash.argon2id.kdf(
        SecretBox.KEY_SIZE, passphrase.encode("utf-8", "surrogatepass"), bytes.fromhex(wrapping["salt"]),
        opslimit=wrapping["passes"], memlimit=wrapping["memory_kib"] * 1024)


def key_text(private_key: bytes) -> str:
    """A private key as printed once and kept on paper or off-line: "JB1-" and base32 in groups of four.

    The last four bytes are a checksum, so that a typing error is told from a wrong key.
    """
    body = base64.b32encode(private_key + _checksum(private_key)).decode().rstrip("=")
    return "JB1-" + "-".join(body[i:i + 4] for i in range(0, len(body), 4))


def key_from_text(text: str) -> bytes:
    """The private key in `key_text`. Raises Invalid("opening.escrow_key_malformed")."""
    plain = "".join(text.split()).replace("-", "").upper().removeprefix("JB1")
    try:
        raw = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except (binascii.Error, ValueError) as error:
        raise Invalid("opening.escrow_key_malformed") from error
    private_key, checksum = raw[:-4], raw[-4:]
    if len(private_key) != PrivateKey.SIZE or checksum != _checksum(private_key):
        raise Invalid("opening.escrow_key_malformed")
    return private_key


def _checksum(private_key: bytes) -> bytes:
    return hashlib.sha256(b"jiebang escrow key" + private_key).digest()[:4]
