"""Keys made from the installation's secret, each for one purpose."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lti_tool.secret import Secrets, fingerprint, random_secret

OLD, NEW, OTHER = ("o" * 32, "n" * 32, "x" * 32)
values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v, max_size=3))


@given(values)
def test_what_was_signed_is_read_again(value: object) -> None:
    kept = Secrets([NEW])
    assert kept.unsign("page", kept.sign("page", value), 60) == value


def test_a_signature_is_for_one_purpose_and_one_installation() -> None:
    signed = Secrets([NEW]).sign("page", "visit-1")
    assert Secrets([NEW]).unsign("proof", signed, 60) is None
    assert Secrets([OTHER]).unsign("page", signed, 60) is None


def test_a_changed_signature_is_worth_nothing() -> None:
    """Any character of it: the last may hold bits that no byte needs, and then it says the same. Signed once: the
    second in which it was made is in it, and what is drawn must not depend on the clock."""
    kept = Secrets([NEW])
    signed = kept.sign("page", "visit-1")

    @given(st.integers(0, len(signed) - 2), st.sampled_from("abcXYZ019-_."))
    def check(place: int, other: str) -> None:
        assume(other != signed[place])
        assert kept.unsign("page", signed[:place] + other + signed[place + 1 :], 60) is None

    check()
    assert kept.unsign("page", signed, 60) == "visit-1"


@given(st.text())
def test_a_text_that_nobody_signed_is_worth_nothing(text: str) -> None:
    assert Secrets([NEW]).unsign("page", text, 60) is None


def test_a_signature_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Secrets([NEW])
    signed = kept.sign("page", 1)
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: __import__("time").time_ns() / 1e9 + 61)
    assert kept.unsign("page", signed, 60) is None
    assert kept.unsign("page", signed, 120) == 1


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_hidden_comes_back_and_cannot_be_read(text: str) -> None:
    kept = Secrets([NEW])
    hidden = kept.encrypt(text)
    assert kept.decrypt(hidden) == text
    assert len(text) < 4 or text not in hidden
    with pytest.raises(LookupError):
        Secrets([OTHER]).decrypt(hidden)


def test_a_change_of_secret_keeps_what_the_older_one_made() -> None:
    before, after = Secrets([OLD]), Secrets([OLD, NEW])
    assert after.unsign("page", before.sign("page", 1), 60) == 1
    assert after.decrypt(before.encrypt("key")) == "key"
    assert Secrets([NEW]).unsign("page", after.sign("page", 1), 60) == 1  # the newest signs
    assert Secrets([NEW]).decrypt(after.encrypt("key")) == "key"
    assert after.ticket_keys[-1] == Secrets([NEW]).ticket_keys[0]


def test_keys_of_two_purposes_differ_and_hide_the_secret() -> None:
    kept = Secrets([NEW])
    assert NEW not in kept.ticket_keys[0]
    with pytest.raises(LookupError):
        kept.decrypt(kept.sign("vault", "x"))


def test_random_secrets_are_long_differ_and_are_kept_as_fingerprints() -> None:
    drawn = {random_secret() for _ in range(200)}
    assert len(drawn) == 200
    assert all(len(one) >= 22 for one in drawn)
    assert len({fingerprint(one) for one in drawn}) == 200
    assert all(len(fingerprint(one)) == 64 and one not in fingerprint(one) for one in drawn)
