"""How good the questions of a lesson or a work are, as its page shows it: figures with their range, flags in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analytics import pool
from analytics.items import (
    LEAST_ALPHA,
    LEAST_DISTRACTORS,
    LEAST_EXTREME,
    LEAST_RAPID,
    Concern,
    CurvePoint,
    Flag,
    ItemReport,
)
from analytics.pool import Origin, Quality
from analytics.reader import RunSnapshot
from analytics.results import QuestionResult
from live_session.activities.base import Bar
from lti_tool.extensions import db
from lti_tool.formats import number, percent
from lti_tool.pages import answers
from lti_tool.translations import t

LEAST = {"right": LEAST_EXTREME, "tells": LEAST_DISTRACTORS, "alpha": LEAST_ALPHA}
"""Answers (of alpha: pupils and questions) below which a figure is not shown."""
SHARES = frozenset({Concern.TOO_HARD, Concern.TOO_EASY, Concern.DEAD_DISTRACTOR})
"""Concerns whose figures are shares."""


@dataclass(frozen=True)
class Option:
    """One option of a question: how many chose it, and how they do on the other questions."""

    name: str
    share: str
    rest: str
    is_key: bool


@dataclass(frozen=True)
class Line:
    """One question. Texts are empty where there is too little to say."""

    activity: str
    title: str
    n: int
    lessons: int
    right: str
    right_band: tuple[str, str]
    tells: str
    tells_band: tuple[str, str]
    has_enough_for_right: bool
    has_enough_for_tells: bool
    options: Sequence[Option]
    rapid: str
    flags: Sequence[str]
    curve: Sequence[CurvePoint]
    names: Mapping[str, str]


def lines(run_id: str, snapshot: RunSnapshot, origin: Origin = Origin.CLASS) -> Sequence[Line]:
    """The questions of a lesson, or of a work, that were analysed, in its order: by what classes answered, or by what
    pupils did at their own pace."""
    asked = {pool.item_of(run_id, q): q for q in pool.scored(snapshot)}
    known = pool.of_items(db.session.connection(), asked, origin)
    return [_line(question, known[item]) for item, question in asked.items() if item in known]


def _line(question: QuestionResult, quality: Quality) -> Line:
    report = quality.report
    names = _names(question)
    return Line(
        activity=question.activity,
        title=question.title,
        n=report.n,
        lessons=quality.lessons,
        right=percent(report.p, 1),
        right_band=(percent(report.low, 1), percent(report.high, 1)),
        tells="" if report.r is None else number(report.r, 2),
        tells_band=_band(report),
        has_enough_for_right=report.n >= LEAST_EXTREME,
        has_enough_for_tells=report.compared >= LEAST_DISTRACTORS,
        options=[
            Option(
                names.get(one.option, one.option),
                percent(one.share, 1),
                "" if one.rest is None else percent(one.rest, 1),
                one.is_key,
            )
            for one in report.options
        ],
        rapid=rapid(report),
        flags=list(_told(report.flags, names)),
        curve=report.curve,
        names=names,
    )


def flags(report: ItemReport) -> Sequence[str]:
    """The flags of a question of which only the analysis is at hand."""
    named = {one.option for one in report.options} | {flag.option for flag in report.flags if flag.option}
    return list(_told(report.flags, {one: answers.option_text(Bar(one, 0)) for one in named}))


def _band(report: ItemReport) -> tuple[str, str]:
    low, high = report.r_low, report.r_high
    return (number(low, 2), number(high, 2)) if low is not None and high is not None else ("", "")


def rapid(report: ItemReport) -> str:
    """How many answers were too quick to have been read, of how many and below what; empty where there were none, or
    too few to say what is quick. (What was analysed before bounds were kept says nothing until its next analysis.)"""
    if not report.rapid or report.timed < LEAST_RAPID or report.rapid_bound is None:
        return ""
    return str(t("quality.rapid", value=report.rapid, n=report.timed, bound=number(report.rapid_bound, 1)))


def _names(question: QuestionResult) -> Mapping[str, str]:
    """Options as the tables name them."""
    return {bar.option: answers.option_text(Bar(bar.option, 0, bar.label)) for bar in question.tally}


def _told(flags: Iterable[Flag], names: Mapping[str, str]) -> Iterable[str]:
    """Each flag as a sentence with its figure, its bound and its n."""
    for flag in flags:
        is_share, places = flag.concern in SHARES, 0 if flag.concern is Concern.SLOW else 2
        value, bound = (percent(x, 1) if is_share else number(x, places) for x in (abs(flag.value), flag.bound))
        if flag.option is None:
            yield str(t(f"quality.flag.{flag.concern}", value=value, bound=bound, n=flag.n))
        else:
            option = names.get(flag.option, flag.option)
            yield str(t(f"quality.option.{flag.concern}", value=value, bound=bound, n=flag.n, option=option))
