"""Settings, read once from the environment and frozen."""
from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class ConfigurationError(Exception):
    """A setting is missing or cannot be used; the message says which and what to write."""


@dataclass(frozen=True)
class Settings:
    """Everything the process may be told from outside.

    ``argon2_memory_kib`` and ``argon2_time`` are the cost of one password check;
    the defaults are those of RFC 9106's second recommended option. ``trusted_proxies``: how many
    reverse proxies in front are believed about who calls and whether by HTTPS.
    """

    database_url: str
    secret_key: str
    instance_path: Path
    redis_url: str | None = None
    seed_path: Path = ROOT / "seed_data"
    argon2_memory_kib: int = 65536
    argon2_time: int = 3
    secure_cookies: bool = False
    trusted_proxies: int = 0
    debug: bool = False
    testing: bool = False
    max_upload_bytes: int = 8 * 1024 * 1024
    smtp_url: str | None = None
    mail_from: str = "jiebang@localhost"
    public_url: str = "http://127.0.0.1:8000"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read DATABASE_URL, REDIS_URL, SECRET_KEY, INSTANCE_PATH, SECURE_COOKIES, TRUSTED_PROXIES, JIEBANG_DEBUG,
        SMTP_URL, MAIL_FROM, PUBLIC_URL (where the links of mails lead).

        Raises ConfigurationError when a value cannot be used.
        """
        env = os.environ if environ is None else environ
        instance = Path(env.get("INSTANCE_PATH") or ROOT / "instance").resolve()
        url = env.get("DATABASE_URL") or f"sqlite:///{instance / 'jiebang.db'}"
        if not url.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
            raise ConfigurationError(
                f"DATABASE_URL={url!r}: write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
            )
        if url.startswith("postgresql://"):
            url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        return cls(
            database_url=url,
            secret_key=env.get("SECRET_KEY") or _kept_secret(instance),
            instance_path=instance,
            redis_url=env.get("REDIS_URL") or None,
            secure_cookies=_flag(env, "SECURE_COOKIES"),
            trusted_proxies=_count(env, "TRUSTED_PROXIES"),
            debug=_flag(env, "JIEBANG_DEBUG"),
            smtp_url=_smtp(env.get("SMTP_URL") or None),
            mail_from=env.get("MAIL_FROM") or cls.mail_from,
            public_url=(env.get("PUBLIC_URL") or cls.public_url).rstrip("/"),
        )


def _smtp(url: str | None) -> str | None:
    if url is not None and not url.startswith(("smtp://", "smtps://")):
        raise ConfigurationError(f"SMTP_URL={url!r}: write smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT")
    return url


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "0").strip().lower()
    if text not in {"", "0", "1", "true", "false", "yes", "no"}:
        raise ConfigurationError(f"{name}={text!r}: write 1 or 0")
    return text in {"1", "true", "yes"}


def _count(env: Mapping[str, str], name: str) -> int:
    text = env.get(name, "").strip() or "0"
    if text not in {str(number) for number in range(10)}:
        raise ConfigurationError(f"{name}={text!r}: write how many reverse proxies stand in front, 0 to 9")
    return int(text)


def _kept_secret(instance: Path) -> str:
    """A random key, made on the first start and kept beside the database (mode 600)."""
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"secret_key.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # atomic: of two first starts one wins and both read the same key
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
