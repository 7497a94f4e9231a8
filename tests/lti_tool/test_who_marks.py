"""Only a teacher makes a mark, a score, an absence (P, K), a conduct: every way by which one comes into being.

The first part reads the code: where such a row is made, and which views lead there. The second asks: everybody else
posts whatever they may, the jobs run, the LMS says grades of its own, and no such row is there that was not.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import analytics
import live_session
import lti_tool
from lti_tool.access import Need, need_of
from lti_tool.extensions import db
from lti_tool.models import Mark
from tests.lti_tool.platform import json_answer
from tests.lti_tool.school import School, open_school
from tests.lti_tool.test_access import EVERYBODY, TABLE, TEACHERS, ask
from tests.lti_tool.tool import Tool
from tests.lti_tool.witness import contents

PACKAGES = [Path(package.__file__).parent for package in (live_session, analytics, lti_tool)]
DECIDED = (
    "mark",
    "score_decision",
    "conduct",
    "exemption",
    "attendance_decision",
    "term_comment",
    "assessment",
    "score",
    "judged_level",
)
"""Tables of what a teacher decided, and of what goes to the LMS because of it."""
MADE_IN = {
    "Mark": "lessons.marks._make",
    "ScoreDecision": "pages.report._decide",
    "Conduct": "lessons.conduct.save",
    "Exemption": "lessons.exemptions.save",
    "AttendanceDecision": "pages.attendance._decide",
    "TermComment": "lessons.comments.save",
    "Assessment": "lessons.assessments.make",
    "Score": "lms.delivery._queue",
    "JudgedLevel": "lessons.judgements.save",
}
"""The one place where a row of each is made."""
CALLED_BY = {
    "_make": {"lessons.marks.save"},
    "marks.save": {"pages.marks.save", "pages.proposals.confirm", "lessons.summers.save"},
    "_decide": {"pages.report.confirm_scores", "pages.attendance._decide_all"},
    "_decide_all": {"pages.attendance.confirm"},
    "conduct.save": {"pages.years.decide", "lessons.summers._conduct"},
    "_conduct": {"lessons.summers.save"},
    "summers.save": {"pages.years.summer"},
    "exemptions.save": {"pages.years.exempt"},
    "comments.save": {"pages.proposals.confirm"},
    "assessments.make": {"pages.proposals.make"},
    "judgements.save": {"pages.proposals.judge"},
    "_queue": {"lms.delivery.queue"},
    "delivery.queue": {
        "lessons.marks.send", "pages.report.confirm_scores", "pages.report._write_participation",
        "pages.attendance._write_column",
    },
    "marks.send": {"pages.marks.send_if_asked"},
    "send_if_asked": {"pages.marks.save", "pages.proposals.confirm"},
    "_write_participation": {"pages.report.confirm_scores"},
    "_write_column": {"pages.attendance.confirm"},
}  # fmt: skip
"""Who calls these, and nobody else, up to the views."""
VIEWS = {
    "marks.save": Need.TEACH,
    "proposals.confirm": Need.TEACH,
    "proposals.make": Need.TEACH,
    "proposals.judge": Need.TEACH,
    "report.confirm_scores": Need.TEACH,
    "attendance.confirm": Need.TEACH,
    "years.decide": Need.HOMEROOM,
    "years.exempt": Need.HOMEROOM,
    "years.summer": Need.HOMEROOM,
}
"""The views at the end of these ways, and the right that each asks for."""


@dataclass(frozen=True)
class Called:
    """A call in the code: by which function, of what, and its arguments' plain names."""

    by: str
    what: str
    about: frozenset[str]


def calls() -> Iterator[Called]:
    """Every call in the three packages."""
    for package in PACKAGES:
        for file in sorted(package.rglob("*.py")):
            module = ".".join(file.relative_to(package).with_suffix("").parts)
            tree = ast.parse(file.read_text(encoding="utf-8"))
            models = {
                name.asname or name.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lti_tool.models")
                for name in node.names
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _calls_in(node, f"{module}.{node.name}", models)


def _calls_in(function: ast.AST, by: str, models: set[str]) -> Iterator[Called]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            what = ast.unparse(node.func)
            if what in MADE_IN and what not in models:
                continue  # another module's own class of that name
            about = {one.id for arg in node.args for one in ast.walk(arg) if isinstance(one, ast.Name)}
            yield Called(by, what, frozenset(about & models))


@pytest.fixture(scope="module")
def known() -> list[Called]:
    return list(calls())


@pytest.mark.parametrize("model", MADE_IN)
def test_a_row_is_made_in_one_place(known: list[Called], model: str) -> None:
    assert {one.by for one in known if one.what == model} == {MADE_IN[model]}


def test_no_statement_writes_these_tables_past_it(known: list[Called]) -> None:
    """`insert` and `update` of such a table; forgetting and erasing go by the rules of privacy. A restore makes scores
    newer than those sent before it, and changes no value."""
    writing = {
        one for one in known if one.what.rpartition(".")[2] in ("insert", "update") and one.about & MADE_IN.keys()
    }
    assert {(one.by, one.about) for one in writing} == {("backups._begin_anew", frozenset({"Score"}))}


@pytest.mark.parametrize("name", CALLED_BY)
def test_who_leads_there(known: list[Called], name: str) -> None:
    own = {
        "_make": "lessons.marks.",
        "_queue": "lms.delivery.",
        "_decide": "pages.",
        "_conduct": "lessons.summers.",
    }.get(name, "")
    assert {one.by for one in known if one.what == name and one.by.startswith(own)} == CALLED_BY[name]


def test_each_way_begins_at_a_view_for_teachers_alone(tool: Tool) -> None:
    begun = {one for found in CALLED_BY.values() for one in found} - {f"pages.{name}" for name in VIEWS}
    assert {one for one in begun if one.startswith("pages.")} == {
        "pages.marks.send_if_asked", "pages.report._write_participation", "pages.attendance._write_column",
        "pages.attendance._decide_all",
    }  # fmt: skip
    assert {name: need_of(tool.app.view_functions[name]) for name in VIEWS} == VIEWS


# --- asked ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(steady_tool: Tool) -> School:
    return open_school(steady_tool)


OTHERS = sorted(EVERYBODY - TEACHERS - {"teacher of another course", "homeroom teacher"})


def decided(tool: Tool) -> dict[str, list[str]]:
    found = contents(tool)
    return {name: found[name] for name in DECIDED}


def test_nothing_that_anybody_else_may_post_decides_anything(built: School) -> None:
    school = built.restored()
    before = decided(school.tool)
    posts = [(route, row) for route, row in TABLE.items() if route[1] == "POST"]
    assert len(posts) > 40
    for route, row in posts:
        for who in OTHERS:
            if who in row.may:
                ask(school, who, route, row)
    assert decided(school.tool) == before


def test_what_is_computed_is_proposed_and_decides_nothing(built: School) -> None:
    school = built.restored()
    before = decided(school.tool)
    for _ in range(3):
        school.tool.jobs().round()
    after = decided(school.tool)
    assert {name: after[name] for name in DECIDED if name != "score"} == {
        name: before[name] for name in DECIDED if name != "score"
    }
    assert len(after["score"]) == len(before["score"])  # the outbox is emptied, never filled


def test_a_grade_that_the_lms_holds_becomes_no_mark_here(tool: Tool) -> None:
    """It is shown beside ours, and the teacher chooses; nothing is taken over."""
    teacher = tool.set_up(2)
    assert teacher.post("marks/subject", periods="35", form="score").status_code == 303
    with tool.inside():
        who = tool.person("pupil-1").id
    assert teacher.post("marks", term="1", column="1", **{f"m{who}.regular1": "8"}).status_code == 303
    theirs = {"userId": "pupil-1", "resultScore": 3.5, "resultMaximum": 10}
    other = {"userId": "pupil-2", "resultScore": 9, "resultMaximum": 10}
    tool.platform.answers["GET", "/items/1/results"] = lambda _: json_answer([theirs, other])
    for _ in range(2):
        tool.jobs().round()
    with tool.inside():
        assert [(one.person_id, one.value) for one in db.session.query(Mark)] == [(who, "8.0")]
    assert tool.platform.scores == []  # and theirs is not overwritten
    assert "3,5" in teacher.get("marks?term=1").text
