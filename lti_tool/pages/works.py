"""What pupils wrote and posted in a lesson, one by one, as its report shows it to the teacher."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analytics import reader
from analytics.attendance import Status
from analytics.results import QuestionResult
from live_session import activities, naming
from live_session.model import Json, Naming, State
from lti_tool.pages import answers
from lti_tool.pages.gradebook import Line
from lti_tool.translations import t


@dataclass(frozen=True)
class Writing:
    """What one pupil wrote to an open question, and the id of the photo beside it: a handle where nobody is named."""

    uid: str
    name: str
    text: str
    photo: str | None
    is_late: bool


def writings(question: QuestionResult, lines: list[Line]) -> list[Writing]:
    """The texts of an open question, in the order of the roster; those without a name, in one that tells nothing."""
    if question.naming is not Naming.NAMED:
        told = [(one.pen, answers.written(one.value)) for one in question.unsigned]
        return [Writing("", pen or str(t("report.nobody")), *said, is_late=False) for pen, said in told]
    given = [(line, line.result.given.get(question.activity)) for line in lines if line.result]
    return [
        Writing(line.uid, line.name, *answers.written(g.value), is_late=g.is_late)
        for line, g in given
        if g is not None and g.value is not None
    ]


def waiting(snapshot: reader.RunSnapshot, state: State) -> Mapping[str, int]:
    """How many answered or posted under a name that nobody has confirmed, by activity; of first rounds. Of posts
    without names all are told anyway."""
    picked = {uid for uid, one in snapshot.proposals.items() if one.status is Status.UNCONFIRMED}
    writers: dict[str, set[str]] = {}
    for given in (state.responses, state.late):
        for (activity, number), by_pupil in given.items():
            if number == 1:
                writers.setdefault(activity, set()).update(by_pupil)
    for (activity, number), wall in state.walls.items():
        asked = state.activity(activity)
        if number == 1 and asked and not naming.is_veiled(asked):
            writers.setdefault(activity, set()).update(post.participant for post in wall.readable)
    return {activity: len(picked & who) for activity, who in writers.items()}


def abouts(state: State) -> Mapping[tuple[str, int], int]:
    """The group that a round of a rubric was about."""
    return {(activity, one.number): one.about for activity, asked in state.rounds.items() for one in asked if one.about}


@dataclass(frozen=True)
class Posting:
    """One post or comment as the report shows it; `reactions` are (word, count)."""

    uid: str
    name: str
    number: int
    text: str
    link: str
    photo: str | None
    column: str
    on: int
    is_late: bool
    is_hidden: bool
    is_done: bool
    reactions: list[tuple[str, int]]
    group: int


def walls(
    state: State, questions: Sequence[QuestionResult], lines: list[Line]
) -> list[tuple[QuestionResult, list[Posting]]]:
    """Each question on which pupils posted several times, and the posts of its first round in the order of coming."""
    kinds = activities.types()
    asked = {a.id: activities.content_of(a) for a in state.deck if a.kind in kinds}
    first = [q for q in questions if q.round == 1 and q.activity in asked]
    return [
        (q, _postings(q, dict(getattr(asked[q.activity], "places", ())), lines))
        for q in first
        if (terms := kinds[q.kind].post_terms(asked[q.activity])) is not None and not terms.by_group
    ]


def _postings(question: QuestionResult, columns: Mapping[str, str], lines: list[Line]) -> list[Posting]:
    found = [
        Posting(
            uid,
            name,
            post["n"],
            post.get("text", ""),
            post.get("link", ""),
            post.get("photo"),
            columns.get(post.get("column", ""), ""),
            post.get("on", 0),
            post.get("late", False),
            post.get("hidden", False),
            post.get("done", False),
            sorted(post.get("reactions", {}).items()),
            post.get("group", 0),
        )
        for uid, name, post in _posted(question, lines)
    ]
    return sorted(found, key=lambda post: (post.on or post.number, post.number))


def _posted(question: QuestionResult, lines: list[Line]) -> Iterator[tuple[str, str, Json]]:
    """(whose id, whose name, what) of each post; without names nobody's id."""
    if question.naming is not Naming.NAMED:
        yield from (("", one.pen or str(t("report.nobody")), one.value) for one in question.unsigned)
        return
    for line in lines:
        given = line.result.given.get(question.activity) if line.result else None
        if given and answers.is_posts(given.value):
            yield from ((line.uid, line.name, post) for post in given.value)
