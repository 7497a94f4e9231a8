"""The recording of a lesson: a link with the teacher's word on who can be seen, and the moments of its activities."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy import select

from analytics.phones import Spell, Use
from live_session.links import host_of, https_link
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import Faces, LessonRun, Recording
from lti_tool.text import one_line

MOST = 5
SEEKING = ("youtube.com", "m.youtube.com", "youtu.be")
"""Hosts whose films open at a second named in the address."""


@dataclass(frozen=True)
class Moment:
    """An activity in a film: after so many seconds, with an address that begins there where the host can do that."""

    title: str
    seconds: int
    link: str


def of_run(run_id: str) -> list[Recording]:
    """The recordings of a lesson, in the order of adding."""
    return list(db.session.scalars(select(Recording).where(Recording.run_id == run_id).order_by(Recording.id)))


def add(run: LessonRun, title: str, link: str, faces: str, minutes: int | None, by: int) -> None:
    """Keep an address. `minutes`: how long after the lesson's begin the film begins, less than nothing for before.
    Raises `Fault` without the teacher's word on pupils in it, for an address that is none, and for too many."""
    address = https_link(link)
    if address is None:
        raise Fault("recording_link")
    if faces not in tuple(Faces):
        raise Fault("recording_faces")
    if minutes is None or not -60 <= minutes <= 300:
        raise Fault("recording_begin")
    db.session.get(LessonRun, run.run_id, with_for_update=True)
    if len(of_run(run.run_id)) >= MOST:
        raise Fault("recording_many", most=MOST)
    db.session.add(
        Recording(
            run_id=run.run_id,
            title=one_line(title, 200) or run.title[:200],
            link=address,
            faces=Faces(faces),
            began_at=run.started_at + minutes * 60_000,
            added_by=by,
            added_at=now(),
        )
    )


def remove(run: LessonRun, uid: str) -> None:
    """Forget an address. Raises `Fault` for one of another lesson."""
    found = db.session.scalars(select(Recording).where(Recording.run_id == run.run_id, Recording.uid == uid)).first()
    if found is None:
        raise Fault("recording_gone", 404)
    db.session.delete(found)


def moments(recording: Recording, spells: Sequence[Spell]) -> list[Moment]:
    """Where each activity begins in the film; what was opened before it began is not in it."""
    opened = [one for one in spells if one.use is not Use.DOWN and one.start >= recording.began_at]
    seconds = [(one.start - recording.began_at) // 1_000 for one in opened]
    return [Moment(one.title, at, at_second(recording.link, at)) for one, at in zip(opened, seconds, strict=True)]


def does_seek(link: str) -> bool:
    """Whether its host opens a film at a second named in the address."""
    return host_of(link) in SEEKING


def at_second(link: str, seconds: int) -> str:
    """The address at a second of the film; the address as it is where its host is not known to seek."""
    if not does_seek(link):
        return link
    parts = urlsplit(link)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("t", "start")]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("t", str(seconds))])))
