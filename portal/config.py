"""The portal's configuration: read from the environment, once, typed. The README lists the same names."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class ConfigError(Exception):
    """The environment lacks something, or says something that cannot be used."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the portal is told from outside."""

    database_url: str
    secret_key: str
    public_url: str
    edition: str
    https: bool
    esobes_tokens: tuple[str, ...]
    esobes_url: str
    esobes_out_token: str
    smpp_host: str
    smpp_port: int
    smpp_system_id: str
    smpp_password: str
    smpp_source: str
    stripe_api_base: str
    stripe_api_key: str
    stripe_webhook_secret: str
    ncalayer_url: str
    signing_trust: Path | None
    clock_file: Path | None
    signing_remote_url: str
    journal_key: Path | None
    journal_dir: Path | None
    proxies: int

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Config":
        """Read the configuration; raises `ConfigError` with a sentence that names what is missing."""
        get = os.environ if env is None else env
        secret = get.get("SECRET_KEY", "")
        if len(secret) < 32:
            raise ConfigError("SECRET_KEY must be set to at least 32 random characters.")
        return cls(
            database_url=database_url(get),
            secret_key=secret,
            public_url=get.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
            edition=_edition(get),
            https=get.get("PUBLIC_URL", "").startswith("https://"),
            esobes_tokens=tuple(t.strip() for t in get.get("ESOBES_TOKEN", "").split(",") if t.strip()),
            esobes_url=get.get("ESOBES_URL", ""),
            esobes_out_token=get.get("ESOBES_OUT_TOKEN", ""),
            smpp_host=get.get("SMPP_HOST", ""),
            smpp_port=number(get, "SMPP_PORT", 2775),
            smpp_system_id=get.get("SMPP_SYSTEM_ID", ""),
            smpp_password=get.get("SMPP_PASSWORD", ""),
            smpp_source=get.get("SMPP_SOURCE", "Aleumet"),
            stripe_api_base=get.get("STRIPE_API_BASE", "").rstrip("/"),
            stripe_api_key=get.get("STRIPE_API_KEY", ""),
            stripe_webhook_secret=get.get("STRIPE_WEBHOOK_SECRET", ""),
            ncalayer_url=get.get("NCALAYER_URL", "wss://127.0.0.1:13579"),
            signing_trust=_path(get, "SIGNING_TRUST"),
            clock_file=_path(get, "PORTAL_CLOCK_FILE"),
            signing_remote_url=get.get("SIGNING_REMOTE_URL", "").rstrip("/"),
            journal_key=_path(get, "JOURNAL_KEY"),
            journal_dir=_path(get, "JOURNAL_DIR"),
            proxies=number(get, "PORTAL_PROXIES", 0),
        )


def database_url(env: Mapping[str, str] | None = None) -> str:
    """The address of the database, for SQLAlchemy; raises `ConfigError` when there is none."""
    url = (os.environ if env is None else env).get("DATABASE_URL", "")
    if not url:
        raise ConfigError("DATABASE_URL must be set; script/server sets it to the embedded PostgreSQL.")
    url = url.replace("postgres://", "postgresql://", 1)
    if not url.startswith("postgresql"):
        raise ConfigError("DATABASE_URL must be the address of a PostgreSQL: postgresql://user@host/database.")
    return url


def number(env: Mapping[str, str], name: str, default: int) -> int:
    """A whole number from the environment, or the default where it says nothing."""
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdecimal()):
        raise ConfigError(f"{name} must be a whole number.")
    return int(text)


def _edition(env: Mapping[str, str]) -> str:
    edition = env.get("PORTAL_EDITION", "2021")
    if edition not in {"2021", "2023", "by-date"}:
        raise ConfigError("PORTAL_EDITION must be 2021, 2023 or by-date.")
    return edition


def _path(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None
