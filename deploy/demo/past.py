"""Lessons taught and work given before the demo began: the real rules under a virtual clock, in the real log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from deploy.demo.lessons import OWN_PARTS, PRODUCTS
from live_session import activities, groups
from live_session.activities.rubric import Rubric, RubricType
from live_session.commands import (
    SERVER,
    Actor,
    Call,
    End,
    FormGroups,
    Next,
    Note,
    Raise,
    Reveal,
    Shut,
    Sit,
    Start,
    Submit,
)
from live_session.model import Activity, Json, Millis, Mode, Proof, Role, Shown, Standing
from live_session.reducer import NEVER
from live_session.store.log import Asked
from lti_tool import live
from lti_tool.extensions import db
from lti_tool.lessons import decks
from lti_tool.models import CourseClass, Lesson, LessonRun, Person, Practice
from lti_tool.models.base import new_uid

SECOND: Millis = 1_000
MINUTE: Millis = 60_000
DAY: Millis = 24 * 60 * MINUTE
MINUTES = 40
IN_A_GROUP = 4

ANSWERS = {"single": ("A", "B", "C", "D"), "true_false": ("true", "false"), "number": ("5", "2", "-5", "7")}
"""What the invented pupils answer; the first of each is right."""


@dataclass(frozen=True)
class Manners:
    """How often a pupil is away, comes late, sits at home, leaves a question blank, raises a hand."""

    absent: float = 0.04
    late: float = 0.06
    home: float = 0.12
    silent: float = 0.05
    raises: float = 0.0


@dataclass(frozen=True)
class Play:
    """What happens in a lesson: how each pupil behaves, and what they answer."""

    dice: Random
    manners: Callable[[str], Manners]
    answer: Callable[[Activity, str], Json]


def plain(pupils: list[Person], dice: Random) -> Play:
    """Everybody as everybody; who knows much answers right more often."""
    skill = {pupil.uid: dice.uniform(0.45, 0.95) for pupil in pupils}

    def answer(activity: Activity, who: str) -> Json:
        words = ANSWERS[activity.kind]
        return words[0] if dice.random() < skill[who] else dice.choice(words[1:])

    return Play(dice, lambda _: Manners(), answer)


def teach(lesson: Lesson, teacher: Person, pupils: list[Person], at: Millis, play: Play) -> LessonRun:
    """A whole lesson of the past for the course's first class."""
    class_id = db.session.query(CourseClass.class_id).filter_by(context_id=lesson.context_id).scalar()
    run = LessonRun(
        run_id=new_uid(),
        lesson_id=lesson.id,
        context_id=lesson.context_id,
        class_id=class_id,
        title=lesson.title,
        room_key="00" * 16,
        started_by=teacher.id,
        started_at=at,
        minutes=45,
        ended_at=at + MINUTES * MINUTE,
    )
    db.session.add(run)
    live.create(run.run_id, at)
    deck = decks.deck_of(lesson.activities)
    for activity in lesson.activities:
        activity.was_used = True
    history = _History(run.run_id, Actor(Role.TEACHER, teacher.uid))
    history.add(Start(lesson.title, deck, at + run.minutes * MINUTE), history.teacher, at)
    here = _arrive(history, pupils, at, play)
    _ask(history, deck, here, at + 6 * MINUTE, play)
    _note(history, here, at)
    history.add(End(), history.teacher, at + MINUTES * MINUTE)
    live.ask_all(history.in_order())
    return run


def give(lesson: Lesson, teacher: Person, pupils: list[Person], at: Millis, play: Play) -> Practice:
    """Work at the pupils' own pace, given two days to be done in: most do it, at home; who was wrong often tries
    again."""
    class_id = db.session.query(CourseClass.class_id).filter_by(context_id=lesson.context_id).scalar()
    given = Practice(run_id=new_uid(), context_id=lesson.context_id, class_id=class_id, title=lesson.title)
    given.opened_by, given.opened_at = teacher.id, at
    given.due_at, given.closed_at = at + 2 * DAY, at + 2 * DAY
    db.session.add(given)
    live.create(given.run_id, at)
    deck = tuple(map(decks.alone, decks.deck_of(lesson.activities)))
    for activity in lesson.activities:
        activity.was_used = True
    history = _History(given.run_id, Actor(Role.TEACHER, teacher.uid))
    history.add(Start(given.title, deck, NEVER, is_self_paced=True), history.teacher, at)
    for pupil in pupils:
        if play.dice.random() > 2 * play.manners(pupil.uid).silent:
            _practise(history, deck, pupil.uid, at + int(play.dice.uniform(8, 40) * 60 * MINUTE), play)
    history.add(End(), history.teacher, given.closed_at)
    live.ask_all(history.in_order())
    return given


def _practise(history: "_History", deck: tuple[Activity, ...], who: str, at: Millis, play: Play) -> None:
    """One pupil's evening."""
    actor, dice = Actor(Role.PUPIL, who, f"c-{who}"), play.dice
    history.add(Sit(who, f"c-{who}", Standing.LAUNCHED, Mode.HOME, Proof.NONE), SERVER, at)
    for number, activity in enumerate(deck):
        shown = at + (number + 1) * 2 * MINUTE
        for answered in (shown + int(dice.uniform(10, 60) * SECOND), shown + 90 * SECOND):
            value = play.answer(activity, who)
            history.add(Submit(activity.id, 1, value, answered, shown), actor, answered)
            if activities.share_of(activity, value) == 1 or dice.random() < 0.3:
                break


class _History:
    """Commands with their moments, put in order at the end."""

    def __init__(self, run: str, teacher: Actor) -> None:
        self.run, self.teacher = run, teacher
        self._asked: list[Asked] = []

    def add(self, command: object, actor: Actor, at: Millis) -> None:
        """Ask for something at a moment of the past."""
        self._asked.append(Asked(self.run, new_uid(), command, actor, at))  # type: ignore[arg-type]

    def in_order(self) -> list[Asked]:
        """As the log wants them."""
        return sorted(self._asked, key=lambda a: a.at)


def _arrive(history: _History, pupils: list[Person], at: Millis, play: Play) -> dict[str, Millis]:
    """Who came, and when: nearly all, a few late, some at home."""
    here, dice = {}, play.dice
    for pupil in pupils:
        manners = play.manners(pupil.uid)
        if dice.random() < manners.absent:
            continue
        is_late = dice.random() < manners.late
        came = at + int(dice.uniform(7, 12) * MINUTE if is_late else dice.uniform(0.3, 3.5) * MINUTE)
        is_home = dice.random() < manners.home
        mode, proof = (Mode.HOME, Proof.NONE) if is_home else (Mode.ROOM, Proof.CODE)
        history.add(Sit(pupil.uid, f"c-{pupil.uid}", Standing.LAUNCHED, mode, proof), SERVER, came)
        here[pupil.uid] = came
    return here


def _ask(history: _History, deck: tuple[Activity, ...], here: dict[str, Millis], at: Millis, play: Play) -> None:
    previous = None
    for number, activity in enumerate(deck):
        opened = at + number * 5 * MINUTE
        history.add(Next(previous), history.teacher, opened)
        if groups.is_by_group(activity):
            _together(history, activity, sorted(here), opened)
            at, previous = at + 26 * MINUTE, activity.id  # what follows is asked in the last minutes
            continue
        raised = [
            who
            for who, came in here.items()
            if came <= opened + 30 * SECOND and _take_part(history, activity, who, max(came, opened), play)
        ]
        if raised:
            history.add(Call(raised[number % len(raised)]), history.teacher, opened + 115 * SECOND)
        history.add(Shut(activity.id), history.teacher, opened + 75 * SECOND)
        history.add(Reveal(activity.id, Shown.DISTRIBUTION), history.teacher, opened + 90 * SECOND)
        history.add(Reveal(activity.id, Shown.KEY), history.teacher, opened + 120 * SECOND)
        previous = activity.id


def _together(history: _History, activity: Activity, here: Sequence[str], at: Millis) -> None:
    """Groups of four, each with a product of its first member; everybody says what the own part was. Most of the lesson
    is theirs."""
    made = tuple(tuple(here[n : n + IN_A_GROUP]) for n in range(0, len(here), IN_A_GROUP))
    history.add(FormGroups(activity.id, groups=made), history.teacher, at + MINUTE)
    for number, group in enumerate(made):
        for place, who in enumerate(group):
            actor, moment = Actor(Role.PUPIL, who, f"c-{who}"), at + (12 + place) * MINUTE + number * SECOND
            own = OWN_PARTS[place % len(OWN_PARTS)]
            history.add(Submit(activity.id, 1, own, moment, at + MINUTE), actor, moment)
        product, moment = {"text": PRODUCTS[number % len(PRODUCTS)]}, at + 20 * MINUTE + number * SECOND
        actor = Actor(Role.PUPIL, group[0], f"c-{group[0]}")
        history.add(Submit(activity.id, 1, product, moment, at + MINUTE, post=new_uid()), actor, moment)
    history.add(Shut(activity.id), history.teacher, at + 30 * MINUTE)


def _take_part(history: _History, activity: Activity, who: str, shown: Millis, play: Play) -> bool:
    """One pupil and one question: an answer or none, now and then a raised hand after it; whether there was one."""
    dice, manners, actor = play.dice, play.manners(who), Actor(Role.PUPIL, who, f"c-{who}")
    if dice.random() >= manners.silent:
        answered = shown + int(dice.uniform(5, 40) * SECOND)
        value = _own_levels(activity, dice) if activity.kind == RubricType.kind else play.answer(activity, who)
        history.add(Submit(activity.id, 1, value, answered, shown), actor, answered)
    if is_raised := dice.random() < manners.raises:
        history.add(Raise(), actor, shown + 80 * SECOND)
    return is_raised


def _own_levels(activity: Activity, dice: Random) -> Json:
    """What a pupil says of the own work by a rubric: none the lowest level."""
    content = activities.content_of(activity)
    rows = content.rows if isinstance(content, Rubric) else ()
    return {row.name: dice.choice(row.levels[1:]).number for row in rows}


def _note(history: _History, here: dict[str, Millis], at: Millis) -> None:
    """A sign of everybody each minute, as the live server writes it."""
    for minute in range(1, MINUTES):
        moment = at + minute * MINUTE
        seen = {who: (moment - 50 * SECOND, moment - SECOND) for who, came in here.items() if came < moment - MINUTE}
        history.add(Note(seen), SERVER, moment)
