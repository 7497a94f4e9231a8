"""Where a browser goes next."""

from flask import Response


def see_other(address: str) -> Response:
    """303: the browser fetches this address, whatever it has just sent. No body repeats the address, which may hold a
    code."""
    return Response(status=303, headers={"Location": address})
