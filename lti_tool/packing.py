"""What is the same for everyone, made as small as it goes: scripts and styles without comments, then packed."""

from collections.abc import Callable
from functools import lru_cache, wraps
from http import HTTPStatus

from flask import Flask, Response
from flask_compress import Compress
from rcssmin import cssmin
from rjsmin import jsmin

STRIPPED: dict[str, Callable[[str], str]] = {"text/javascript": jsmin, "text/css": cssmin}
"""By what a file is: what leaves out of it all that only its readers need. Comments are a fifth of a packed script."""


def init_app(app: Flask) -> None:
    """Only what is the same for everyone, and the list of names, which holds no secret: a compressed page that repeats
    what it was asked, beside a token, lets an onlooker guess the token by its length (BREACH). As small as it goes,
    which takes a while: files whose address changes when they do are packed once."""
    files, others = Compress(app), Compress(app)
    files.cache = Packed()
    app.view_functions["static"] = _whole(app.send_static_file)
    for endpoint in ("static", "open.phone_words"):
        app.view_functions[endpoint] = files.compressed()(app.view_functions[endpoint])
    for endpoint in ("join.names", "phone.shell", "open.console_shell", "open.service_worker"):
        app.view_functions[endpoint] = others.compressed()(app.view_functions[endpoint])


class Packed(dict[str, bytes]):
    """Packed files by address, at most `MOST`: one file has many spellings."""

    MOST = 500

    def set(self, key: str, data: bytes) -> None:
        if len(self) < self.MOST:
            self[key] = data


def _whole(view: Callable[..., Response]) -> Callable[..., Response]:
    """A file read at once and stripped: what is streamed is packed anew each time."""

    @wraps(view)
    def read(**values: str) -> Response:
        response = view(**values)
        if response.status_code == HTTPStatus.OK:
            response.direct_passthrough = False
            response.set_data(_stripped(response.mimetype, response.get_data()))
        return response

    return read


@lru_cache(maxsize=Packed.MOST)
def _stripped(mimetype: str, data: bytes) -> bytes:
    strip = STRIPPED.get(mimetype)
    return strip(data.decode()).encode() if strip else data
