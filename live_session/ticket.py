"""Signed join tickets: what lets a browser speak in a run.

A ticket is made by the tool after a launch or a pick and travels in the first message only, never in a URL.
Signing is itsdangerous' (HMAC-SHA256 with a key derived for this purpose alone); old keys may stay valid for a while.
"""

from collections.abc import Sequence
from hashlib import sha256

import itsdangerous
import msgspec

from live_session.errors import BadTicket, TicketExpired
from live_session.model import Millis, Role, Screen

PURPOSE = "giotay.live.ticket.v1"
LIFETIME_MS = 4 * 3_600 * 1_000
"""A ticket outlives any lesson; a page that stays open longer fetches a new one (close code 4003)."""


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """`who` is the participant's id, or the teacher's; `claim` is the pupil's browser. `expires` in server ms."""

    run: str
    role: Role
    screen: Screen
    who: str
    claim: str
    expires: Millis

    def __post_init__(self) -> None:
        if self.role is Role.PUPIL and self.screen is not Screen.PHONE:
            raise ValueError("a pupil has a phone's view and no other")


_decoder = msgspec.json.Decoder(Ticket)


class Signer:
    """Signs and opens tickets. `keys` are secrets, the newest last; it signs with the newest and accepts all."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._signer = itsdangerous.Signer(
            list(keys), salt=PURPOSE, key_derivation="hmac", digest_method=sha256, sep="."
        )

    def sign(self, ticket: Ticket) -> str:
        """The ticket as text for a page or frame."""
        body = itsdangerous.encoding.base64_encode(msgspec.json.encode(ticket))
        return self._signer.sign(body).decode()

    def open(self, text: str, at: Millis) -> Ticket:
        """The ticket, checked. Raises `BadTicket` or `TicketExpired`."""
        try:
            body = itsdangerous.encoding.base64_decode(self._signer.unsign(text))
            ticket = _decoder.decode(body)
        except (itsdangerous.BadData, msgspec.MsgspecError, UnicodeError) as error:
            raise BadTicket("signature or form") from error
        if ticket.expires <= at:
            raise TicketExpired("expired")
        return ticket
