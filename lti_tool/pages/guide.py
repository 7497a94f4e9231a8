"""Help in the tool itself, without internet: common tasks in steps, and buttons called as the screens call them."""

from collections.abc import Mapping
from typing import NamedTuple

from flask import Blueprint, render_template
from markupsafe import Markup

from lti_tool.access import Need, needs
from lti_tool.pages.desk import navigation
from lti_tool.translations import t

screen = Blueprint("guide", __name__, url_prefix="/l/<visit_id>/help")


class Topic(NamedTuple):
    """A task, where in the navigation it begins (whoever cannot go there is not told; empty: it is for everybody), and
    how many steps it has."""

    name: str
    place: str
    length: int

    @property
    def steps(self) -> list[str]:
        """What each step is called in the catalogues."""
        return [f"{self.name}.{n}" for n in range(1, self.length + 1)]


TOPICS = (
    Topic("prepare", "lessons", 4),
    Topic("teach", "lessons", 5),
    Topic("joining", "lessons", 4),
    Topic("network", "lessons", 4),
    Topic("without", "roster", 4),
    Topic("attendance", "lessons", 4),
    Topic("scores", "marks", 4),
    Topic("alone", "lessons", 3),
    Topic("family", "homeroom", 4),
    Topic("department", "department", 3),
    Topic("observe", "observe", 2),
    Topic("server", "connection", 4),
    Topic("pupil", "", 4),
)


@screen.get("")
@needs(Need.VISIT)
def show() -> str:
    """Common tasks of whoever asks, step by step."""
    places, named = {key for key, _ in navigation()}, _named()
    told = [
        (topic, t(f"help.{topic.name}"), [t(f"help.step.{step}", **named) for step in topic.steps])
        for topic in TOPICS
        if not topic.place or topic.place in places
    ]
    return render_template("guide.html", here="help", told=told)


def _named() -> Mapping[str, Markup]:
    """What buttons and pages are called: a step that names one takes it from here, so that it is never out of date."""
    return _places_named() | _of_a_lesson() | _around_lessons() | _of_others()


def _places_named() -> dict[str, Markup]:
    return {
        "connection": t("nav.connection"),
        "homeroom": t("nav.homeroom"),
        "marks": t("nav.marks"),
        "progress": t("nav.class"),
        "roster": t("nav.roster"),
        "visits": t("dept.tab.visits"),
        "objectives": t("dept.tab.questions"),
        "packs": t("dept.tab.packs"),
    }


def _of_a_lesson() -> dict[str, Markup]:
    """While it goes on: at its start, on the console, on a phone."""
    return {
        "start": t("home.start"),
        "go_on": t("home.go_on"),
        "projector": t("start.projector"),
        "console": t("start.console"),
        "confirm": t("console.confirm_all"),
        "next": t("steer.next"),
        "lock": t("steer.close"),
        "distribution": t("steer.reveal_distribution"),
        "answer": t("steer.reveal_key"),
        "end": t("steer.end"),
        "undo": t("console.undo"),
        "more": t("console.more"),
        "roll": t("console.roll"),
        "seats": t("console.seats"),
        "release": t("console.release"),
        "unsent": t("phone.will_send"),
        "lost": t("phone.pace.lost"),
        "hand": t("phone.hand"),
        "share": t("phone.pass"),
        "team": t("join.team"),
    }


def _around_lessons() -> dict[str, Markup]:
    """Before and after it."""
    return {
        "names": t("roster.paste"),
        "refresh": t("roster.refresh"),
        "compose": t("home.compose"),
        "paste": t("editor.paste"),
        "preview": t("editor.try"),
        "objective": t("editor.objective"),
        "cards": t("paper.title"),
        "excuses": t("excuse.title"),
        "slips": t("slips.title"),
        "resume": t("report.resume"),
        "see_attendance": t("report.attendance_see"),
        "confirm_attendance": t("att.confirm"),
        "score": t("report.score"),
        "proposals": t("proposals.open"),
        "files": t("files.open"),
        "give": t("practice.give"),
        "catch_up": t("practice.catch_up_open"),
    }


def _of_others() -> dict[str, Markup]:
    """What homeroom teachers, heads of department, observers and administrators press."""
    return {
        "sheets": t("sheet.all_open"),
        "links": t("sheet.open"),
        "make_link": t("family.make"),
        "revoke": t("family.revoke"),
        "visit": t("visit.enter"),
        "screen": t("visit.screen"),
        "draft": t("visit.save"),
        "send": t("visit.send"),
        "probe": t("conn.probe"),
        "refusals": t("conn.refusals"),
    }
