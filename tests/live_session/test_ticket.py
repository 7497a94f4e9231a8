"""Join tickets."""

from hashlib import sha256

import itsdangerous
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.errors import BadTicket, Close, TicketExpired
from live_session.model import Role, Screen
from live_session.ticket import PURPOSE, Signer, Ticket
from tests.live_session.build import NOW

KEY, OLD_KEY = "a key of this school", "last year's key"
TICKET = Ticket("run-1", Role.PUPIL, Screen.PHONE, "p1", "browser-1", NOW + 1_000)
SIGNER = Signer([KEY])


def test_a_ticket_opens_until_it_expires() -> None:
    text = SIGNER.sign(TICKET)
    assert SIGNER.open(text, NOW) == TICKET
    assert SIGNER.open(text, TICKET.expires - 1) == TICKET
    with pytest.raises(TicketExpired) as caught:
        SIGNER.open(text, TICKET.expires)
    assert caught.value.close is Close.TICKET_EXPIRED


def test_old_keys_stay_valid_for_a_while_and_the_newest_signs() -> None:
    old, both = Signer([OLD_KEY]), Signer([OLD_KEY, KEY])
    assert both.open(old.sign(TICKET), NOW) == TICKET
    assert SIGNER.open(both.sign(TICKET), NOW) == TICKET
    with pytest.raises(BadTicket):
        SIGNER.open(old.sign(TICKET), NOW)


@given(place=st.integers(0, 10_000), letter=st.sampled_from("AQgw05-_.="))
def test_no_letter_of_a_ticket_can_be_changed(place: int, letter: str) -> None:
    text = SIGNER.sign(TICKET)
    place %= len(text) - 1  # the last letter carries bits that base64 does not use
    forged = text[:place] + letter + text[place + 1 :]
    if forged != text:
        with pytest.raises(BadTicket):
            SIGNER.open(forged, NOW)


@given(text=st.text(max_size=80) | st.binary(max_size=80).map(lambda b: b.decode("latin-1")))
def test_noise_is_a_bad_ticket(text: str) -> None:
    with pytest.raises(BadTicket) as caught:
        SIGNER.open(text, NOW)
    assert caught.value.close is Close.BAD_TICKET


def signed(body: bytes, salt: str = PURPOSE) -> str:
    """What somebody with the key, but another purpose or form, would sign."""
    signer = itsdangerous.Signer(KEY, salt=salt, key_derivation="hmac", digest_method=sha256)
    return signer.sign(itsdangerous.encoding.base64_encode(body)).decode()


def test_a_signature_for_another_purpose_opens_nothing() -> None:
    body = msgspec.json.encode(TICKET)
    assert SIGNER.open(signed(body), NOW) == TICKET
    with pytest.raises(BadTicket):
        SIGNER.open(signed(body, salt="giotay.login.v1"), NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{}",
        b'["run","pupil","phone","p1","c1"]',
        b'["run","headmaster","phone","p1","c1",9]',
        b'["run","pupil","phone","p1","c1","9"]',
        b"\xff\xfe",
    ],
)
def test_a_signed_body_of_another_form_opens_nothing(body: bytes) -> None:
    with pytest.raises(BadTicket):
        SIGNER.open(signed(body), NOW)


def test_the_ticket_is_small_and_names_nobody() -> None:
    assert len(SIGNER.sign(TICKET)) < 200


def test_a_pupil_gets_no_ticket_for_the_teachers_screens() -> None:
    for screen in (Screen.CONSOLE, Screen.PROJECTOR):
        with pytest.raises(ValueError, match="phone"):
            Ticket("run", Role.PUPIL, screen, "p1", "c1", NOW + 1)
        with pytest.raises(BadTicket):
            SIGNER.open(signed(msgspec.json.encode(["run", "pupil", screen, "p1", "c1", NOW + 9])), NOW)
