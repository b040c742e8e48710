"""What browsers are told to refuse, what they may keep, and the guard against requests from foreign sites."""

from functools import cache

from flask import Flask, Response, current_app, request, session
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import Config

MEGABYTE = 1024 * 1024
YEAR_SECONDS = 365 * 24 * 3600

csrf = CSRFProtect()

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def content_policy(config: Config) -> str:
    """The Content-Security-Policy: everything from here, nothing inline; NCALayer on this computer besides."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {config.ncalayer_url}".rstrip(),
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


@cache
def headers(config: Config) -> list[tuple[str, str]]:
    """What every answer says unless it says otherwise itself."""
    policy = ("Content-Security-Policy", content_policy(config))
    secure = ("Strict-Transport-Security", f"max-age={YEAR_SECONDS}; includeSubDomains")
    return [*HEADERS.items(), policy, *([secure] if config.https else [])]


def _protect(response: Response) -> Response:
    config: Config = current_app.config["PORTAL"]
    said = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - iterating gives pairs
    for name, value in headers(config):
        if name.lower() not in said:
            response.headers.add(name, value)
    response.headers["Cache-Control"] = _cache_control(response)
    return response


def _cache_control(response: Response) -> str:
    """Files with a version are kept for a year, other files an hour; pages of a signed-in person are never kept."""
    if request.endpoint == "static" and response.status_code in {200, 206, 304}:
        return f"public, max-age={YEAR_SECONDS}, immutable" if "v" in request.args else "public, max-age=3600"
    return "no-store" if "_user_id" in session or request.path.startswith("/api/") else "private, no-cache"


def register(app: Flask, config: Config) -> None:
    """Bound what comes in, guard what is sent, and set the headers of what goes out."""
    app.config.update(
        MAX_CONTENT_LENGTH=MEGABYTE,
        MAX_FORM_MEMORY_SIZE=MEGABYTE,
        MAX_FORM_PARTS=2_000,
        SESSION_COOKIE_NAME="__Host-portal" if config.https else "portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.https,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    app.after_request(_protect)
    if proxies := config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
