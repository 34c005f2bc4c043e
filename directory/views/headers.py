"""What every answer carries: the content security policy and its companions, caching, compression."""

from __future__ import annotations

import gzip
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from directory import htmx
from directory.views.library_files import integrity

LIFE = 31_536_000
EFFORT = 4  # of 9: a third less work than the usual 6, and a page is 3 % longer
SMALLEST = 600  # bytes; below this gzip saves nothing worth a header
COMPRESSED = {"text/html", "text/plain", "text/calendar", "application/json", "application/xml", "application/geo+json"}
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb")
)


def init_app(app: Flask) -> None:
    """`after_request` runs backwards: compression is registered first and so comes last."""
    app.extensions["csp"] = policy(app.extensions["core_css"], str(app.config["TILE_URL"]))
    app.after_request(compress)
    app.after_request(guard)
    app.after_request(htmx.vary)
    if proxies := int(app.config["PROXY_COUNT"]):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]


def policy(core_css: str, tile_url: str) -> str:
    """The content security policy; the one inlined style sheet is allowed by its sum, map tiles only when configured."""
    tiles = f" {origin(tile_url)}" if tile_url else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' '{integrity(core_css.encode())}'",
            f"img-src 'self' data:{tiles}",
            f"connect-src 'self'{tiles}",
            "font-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def origin(url: str) -> str:
    """Scheme and host of a tile address such as `https://{s}.tile.example/{z}/{x}/{y}.png`; `{s}` becomes `*`."""
    parts = urlsplit(url.replace("{s}", "*"))
    if parts.scheme not in ("http", "https") or not parts.netloc or {";", ",", " "} & set(parts.netloc):
        raise ValueError("DIRECTORY_TILE_URL must begin with http:// or https:// and a host")
    return f"{parts.scheme}://{parts.netloc}"


def guard(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = current_app.extensions["csp"]
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Permissions-Policy"] = PERMISSIONS
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.is_secure:
        headers["Strict-Transport-Security"] = f"max-age={LIFE}"
    if request.path.startswith("/api/"):
        headers["Access-Control-Allow-Origin"] = "*"
    headers.setdefault("Cache-Control", "no-store" if has_session(response) else "private, no-cache")
    return response


def has_session(response: Response) -> bool:
    """Whether this visitor has, or has just got, the cookie that says who they are."""
    name = current_app.config["SESSION_COOKIE_NAME"]
    return name in request.cookies or "Set-Cookie" in response.headers


def compress(response: Response) -> Response:
    """Gzip for visitors' pages. A page with a secret in it beside typed words must not shrink by what was typed (BREACH)."""
    if response.mimetype not in COMPRESSED or response.direct_passthrough or response.is_streamed:
        return response
    response.vary.add("Accept-Encoding")
    if (
        response.status_code in (204, 304)
        or "Content-Encoding" in response.headers
        or not request.accept_encodings["gzip"]
        or has_session(response)
        or len(response.get_data()) < SMALLEST
    ):
        return response
    response.set_data(gzip.compress(response.get_data(), EFFORT, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
