"""Files a browser may keep for a year: our script and styles, and htmx and Leaflet out of their wheels.

An allow-list, read once at start. The address holds the beginning of the content's sum, so a new release has a new
address. What comes out of a wheel must have the sum pinned here, and pages repeat it as `integrity`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import brotli
from flask import Blueprint, Flask, Response, current_app, request, url_for

from directory.errors import NotFound
from directory.views.access import anyone, open_to

bp = Blueprint("library_files", __name__, url_prefix="/files")

CORE_END = "/* core ends */"
PINNED = {
    "htmx.min.js": ("js_lib_htmx", "static/htmx", "491955cd1810747d7d7b9ccb936400afb760e06d25d53e4572b64b6563b2784e"),
    "leaflet.js": ("js_lib_leaflet", "static/js_lib_leaflet", "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a"),
    "leaflet.css": (
        "js_lib_leaflet",
        "static/js_lib_leaflet",
        "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6",
    ),
}
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@dataclass(frozen=True)
class KeptFile:
    """One file in the three forms it is sent in, each made once, when it is first wanted: a start must not wait for it."""

    plain: bytes

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.plain, 9, mtime=0)

    @cached_property
    def brotlied(self) -> bytes:
        return brotli.compress(self.plain)

    @cached_property
    def version(self) -> str:
        return hashlib.sha256(self.plain).hexdigest()[:12]

    @cached_property
    def integrity(self) -> str:
        return integrity(self.plain)


def integrity(content: bytes) -> str:
    """The sum of `content` as `integrity` attributes and the content security policy write it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


def from_wheel(name: str) -> bytes:
    """One file of a wheel, found without importing it. Raises RuntimeError when it is not the release we pinned."""
    package, folder, pinned = PINNED[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {package} is not installed: {name} is missing")
    content = (Path(spec.origin).parent / folder / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != pinned:
        raise RuntimeError(f"{name} is not the release that was checked: its sum differs from the pinned one")
    return content


def tightened(css: str) -> str:
    """The style sheet without comments and needless spaces. It knows no strings with spaces around braces: ours has none."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,])\s*", r"\1", css)
    return css.replace(";}", "}").strip()


def style_sheets(source: str) -> tuple[str, str]:
    """The core, which goes inside every page, and the rest, which is one kept file."""
    core, _, rest = source.partition(CORE_END)
    return tightened(core), tightened(rest)


def init_app(app: Flask) -> None:
    folder = Path(app.root_path) / "static"
    core, rest = style_sheets((folder / "site.css").read_text("utf-8"))
    files = {name: KeptFile(from_wheel(name)) for name in PINNED}
    files["rest.css"] = KeptFile(rest.encode())
    for name in ("site.js", "map.js", "choices.js", "review.js", "job.js"):
        files[name] = KeptFile((folder / name).read_bytes())
    app.extensions["library_files"] = files
    app.extensions["core_css"] = core
    app.register_blueprint(bp)
    app.add_template_global(address, "kept_file")
    app.add_template_global(integrity_of, "integrity")


def address(name: str) -> str:
    """Where a kept file is; a forgotten name is a KeyError when the page is made."""
    file: KeptFile = current_app.extensions["library_files"][name]
    return url_for("library_files.show", version=file.version, name=name)


def integrity_of(name: str) -> str:
    file: KeptFile = current_app.extensions["library_files"][name]
    return file.integrity


@bp.get("/<version>/<name>")
@open_to(anyone)
def show(version: str, name: str) -> Response:
    file: KeptFile | None = current_app.extensions["library_files"].get(name)
    if file is None or file.version != version:
        raise NotFound("There is no such file.")
    response = Response(content_type=TYPES[Path(name).suffix])
    accepted = request.accept_encodings
    if accepted["br"]:
        response.data, response.headers["Content-Encoding"] = file.brotlied, "br"
    elif accepted["gzip"]:
        response.data, response.headers["Content-Encoding"] = file.gzipped, "gzip"
    else:
        response.data = file.plain
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
