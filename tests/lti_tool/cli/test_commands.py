"""The commands: each one's help, what it does, and one line where it cannot."""

import json
import re
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, delete, make_url, update

from analytics import reader, rows
from analytics.rollup import LessonCount
from analytics.tables import mastery_answer, mastery_run
from deploy.demo.past import give as practice
from deploy.demo.past import plain, teach
from live_session.bench import live as live_bench
from lti_tool import migrating
from lti_tool.cli import main
from lti_tool.cli.play import sitting_down
from lti_tool.clock import now
from lti_tool.config import PREFIX, Settings
from lti_tool.extensions import db
from lti_tool.lessons import longtables
from lti_tool.models import Lesson, PlatformToken, SchoolClass
from tests.lti_tool.tool import SINGLE, Tool

PROMISED = {
    "serve", "demo", "migrate", "lms", "lms add", "lms list", "lms check", "phones", "bench", "export", "erase",
    "backup", "restore",
}  # fmt: skip
"""What the documentation says there is; more may be."""

Run = Callable[..., Result]


def commands(group: click.Group = main, before: str = "") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        one = group.get_command(context, name)
        assert one
        found[f"{before}{name}"] = one
        if isinstance(one, click.Group):
            found |= commands(one, f"{before}{name} ")
    return found


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str) -> Run:
    """A command on a database that is not there yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIOTAY_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("GIOTAY_SECRET_KEY", "a secret of the tests, long enough to sign with")
    return lambda *args, **kwargs: CliRunner().invoke(main, [str(a) for a in args], **kwargs)


@pytest.fixture
def run_on_tables(run: Run, sqlite_tool_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same, where the tables are there and nothing is in them."""
    monkeypatch.setenv("GIOTAY_DATABASE_URL", sqlite_tool_url)
    return run


@pytest.fixture
def school(run: Run, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """The same, on the tool's own database, with a class in it."""
    tool.set_up(pupils=2)
    with tool.inside():
        monkeypatch.setenv("GIOTAY_DATABASE_URL", db.engine.url.render_as_string(hide_password=False))
    return tool


def uid_of(tool: Tool, sub: str) -> str:
    with tool.inside():
        return tool.person(sub).uid


def failed(result: Result, *said: str) -> None:
    """One line for the operator, never a traceback."""
    assert result.exit_code in (1, 2), result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert [one for one in said if one not in result.output] == [], result.output
    assert "Traceback" not in result.output


# --- help -----------------------------------------------------------------------------------------------------------


def test_what_was_promised_is_there() -> None:
    assert set(commands()) >= PROMISED


@pytest.mark.parametrize("name", ["", *sorted(commands())])
def test_every_command_has_a_help_that_reads_well(name: str) -> None:
    """And says it without settings, database or anything else that could be broken."""
    said = CliRunner().invoke(main, [*name.split(), "--help"], terminal_width=100)
    assert said.exit_code == 0
    assert said.output.startswith(f"Usage: main {name}".rstrip())
    told = " ".join(said.output.split("\n\n")[1].split())
    assert told[0].isupper() or told.startswith("`")
    assert told.endswith(".")
    assert "\\b" not in said.output


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_says_what_it_is_for(name: str) -> None:
    unsaid = {
        option.name
        for option in commands()[name].params
        if isinstance(option, click.Option) and not (option.help or option.show_default or option.required)
    }
    assert unsaid == set()


def test_serve_lists_every_setting() -> None:
    said = CliRunner().invoke(main, ["serve", "--help"]).output
    assert [one.name for one in fields(Settings) if f"{PREFIX}{one.name.upper()}\n" not in said] == []


def test_the_version_is_said() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("giotay, version ")


@pytest.mark.parametrize(
    "args", [["migrate"], ["lms", "list"], ["export", "x"], ["backup", "x.zip"], ["serve"], ["phones"]], ids=" ".join
)
def test_settings_at_fault_are_named(run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str]) -> None:
    monkeypatch.setenv("GIOTAY_WEB_PORT", "http")
    failed(run(*args), "settings cannot be used", "GIOTAY_WEB_PORT: must be a whole number")


@pytest.mark.parametrize("args", [["lms", "list"], ["export", "--name", "An"], ["grant", "list"]], ids=" ".join)
def test_a_database_without_tables_is_said(run: Run, args: list[str]) -> None:
    failed(run(*args), "no such table")


# --- migrate, backup, restore ---------------------------------------------------------------------------------------


def test_migrate_says_what_it_did(run: Run) -> None:
    assert run("migrate").output == f"schema {migrating.newest()} (was empty)\n"
    assert run("migrate").output == f"schema {migrating.newest()} (as it was)\n"


def test_backup_and_restore(run: Run, school: Tool, tmp_path: Path) -> None:
    file, uid = tmp_path / "giotay.zip", uid_of(school, "pupil-1")
    said = run("backup", file)
    assert said.exit_code == 0, said.output
    assert f"schema {migrating.newest()}" in said.output
    failed(run("backup", file), "there already")
    assert run("erase", uid, "--yes").exit_code == 0
    failed(run("export", uid), "nobody has the id")
    failed(run("restore", file, input="n\n"), "Go on?")
    failed(run("export", uid), "nobody has the id")
    with school.app.app_context():
        db.session.remove()
        db.engine.dispose()
    said = run("restore", file, input="y\n")
    assert said.exit_code == 0, said.output
    assert "restored" in said.output
    assert run("export", uid).exit_code == 0


def test_restore_refuses_what_is_no_backup(run: Run, school: Tool, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    failed(run("restore", tmp_path / "photo.jpg", "--yes"), "is no backup of Giơ Tay")
    failed(run("restore", tmp_path / "nowhere.zip", "--yes"), "does not exist")


def test_restore_refuses_a_database_that_is_served(run: Run, school: Tool, tmp_path: Path) -> None:
    from lti_tool.serving import sole_use  # noqa: PLC0415

    run("backup", tmp_path / "giotay.zip")
    with school.inside():
        url = db.engine.url.render_as_string(hide_password=False)
    with sole_use(url):
        failed(run("restore", tmp_path / "giotay.zip", "--yes"), "is served by another Giơ Tay")


# --- people ---------------------------------------------------------------------------------------------------------


def test_export_finds_and_copies_a_person(run: Run, school: Tool, tmp_path: Path) -> None:
    uid = uid_of(school, "pupil-1")
    assert run("export", "--name", "Thái").output == f"{uid}  Đặng Thái An\n"
    made = json.loads(run("export", uid).output)
    assert made["person"]["name"] == "Đặng Thái An"
    assert run("export", uid, "--to", tmp_path / "an.json").output == ""
    assert json.loads((tmp_path / "an.json").read_text(encoding="utf-8")) == made
    assert stat.S_IMODE((tmp_path / "an.json").stat().st_mode) == 0o600
    failed(run("export", uid, "--to", tmp_path / "an.json"), "is there already")


def test_export_wants_to_know_whom(run: Run, school: Tool) -> None:
    failed(run("export"), "name a person")
    failed(run("export", "nobody"), "nobody has the id 'nobody'")


def test_erase_asks_first_and_tells_what_went(run: Run, school: Tool) -> None:
    uid = uid_of(school, "pupil-1")
    failed(run("erase", uid, input="n\n"))
    assert run("export", uid).exit_code == 0
    said = run("erase", uid, "--yes").output
    assert "person: 1\n" in said
    assert "membership: 1\n" in said
    failed(run("erase", uid, "--yes"), "nobody has the id")


def test_grants_are_given_listed_and_ended(run: Run, school: Tool) -> None:
    uid = uid_of(school, "teacher-1")
    given = run("grant", "add", uid, "homeroom", "--class", "9A1", "--from", "2026-09-01")
    assert given.exit_code == 0, given.output
    (line,) = run("grant", "list").output.splitlines()
    assert "homeroom" in line
    assert "2026-09-01 to …" in line
    number = line.split()[0]
    assert "ends today" in run("grant", "end", number).output
    assert "…" not in run("grant", "list").output
    assert "has ended" in run("grant", "end", number, "--now").output
    failed(run("grant", "end", number), f"grant {number} ended on")
    failed(run("grant", "end", "99"), "there is no grant 99")
    assert run("grant", "add", uid, "observer", "--from", "2026-01-01", "--to", "2026-01-31").exit_code == 0
    past = next(one.split()[0] for one in run("grant", "list").output.splitlines() if "2026-01-31" in one)
    failed(run("grant", "end", past), f"grant {past} ended on 2026-01-31")
    failed(run("grant", "add", uid, "homeroom", "--class", "1X"), "no class '1X'")
    failed(run("grant", "add", uid, "king"), "king")
    failed(run("grant", "add", uid, "observer", "--from", "soon"), "soon")


# --- LMSs -----------------------------------------------------------------------------------------------------------

ADDED = {
    "issuer": "https://moodle.example.edu.vn",
    "client-id": "abc",
    "deployment": "1",
    "login-url": "https://moodle.example.edu.vn/auth",
    "token-url": "https://moodle.example.edu.vn/token",
    "keys-url": "https://moodle.example.edu.vn/keys",
}


def options(**changes: str) -> list[str]:
    given = {**ADDED, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return [part for name, value in given.items() for part in (f"--{name}", value)]


@pytest.mark.parametrize("asked", ["lms list", "grant list", "export --name An"])
def test_what_only_reads_waits_for_no_answer_and_lets_none_wait(
    run_on_tables: Run, sqlite_tool_url: str, asked: str
) -> None:
    run_on_tables("lms", "add", *options())
    with closing(sqlite3.connect(make_url(sqlite_tool_url).database or "", isolation_level=None)) as lesson:
        lesson.execute("BEGIN IMMEDIATE")
        said = run_on_tables(*asked.split())
        assert said.exit_code == 0, said.output


def test_an_lms_is_added_changed_listed_blocked_and_approved(run_on_tables: Run) -> None:
    run = run_on_tables
    assert run("lms", "add", *options()).output == "1  https://moodle.example.edu.vn  abc  active\n"
    assert run("lms", "add", *options(deployment="2")).output.startswith("1  ")
    listed = run("lms", "list").output
    assert "deployments 1, 2" in listed
    assert "blocked" in run("lms", "block", "1").output
    assert "1  blocked" in run("lms", "list").output
    assert "active" in run("lms", "approve", "1").output
    failed(run("lms", "approve", "7"), "there is no registration 7")
    failed(run("lms", "add", "--issuer", "x"), "Missing option")


def test_an_lms_is_checked(run: Run, school: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIOTAY_LMS_NETWORKS", "127.0.0.0/8")
    said = run("lms", "check", "1")
    assert said.exit_code == 0, said.output
    assert "Tốt      Đọc được bộ khoá của hệ thống (1 khoá)" in said.output
    school.platform.answers["GET", "/jwks"] = lambda _: (500, {}, b"")
    assert "Nên xem  Chưa đọc được bộ khoá" in run("lms", "check", "1").output
    failed(run("lms", "check", "99"), "there is no registration 99")
    failed(run("lms", "check", "1", "--language", "fr"), "--language")


def test_an_lms_is_checked_in_one_language(run: Run, school: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIOTAY_LMS_NETWORKS", "127.0.0.0/8")
    school.platform.answers["POST", "/token"] = lambda _: (401, {}, b"")
    with school.inside():
        db.session.execute(delete(PlatformToken))
    browser = school.browser()
    browser.answer(browser.login(browser.address("/lti/launch")), "no token")
    told = {"vi": run("lms", "check", "1").output, "en": run("lms", "check", "1", "--language", "en").output}
    assert [len(text.splitlines()) for text in told.values()] == [len(told["vi"].splitlines())] * 2
    for language, text in told.items():
        for line in text.splitlines():  # a Vietnamese sentence has letters beyond Latin-1, an English one our name
            is_vietnamese = any(ord(letter) > 0xFF for letter in line.replace("Giơ Tay", ""))
            assert is_vietnamese is (language == "vi"), line
    monkeypatch.setenv("GIOTAY_LOCALE", "en")
    again = run("lms", "check", "1").output
    assert re.sub(r"-?\d+", "0", again) == re.sub(r"-?\d+", "0", told["en"])  # a clock may tick between


def test_an_invitation_is_an_address(run_on_tables: Run) -> None:
    assert run_on_tables("lms", "invite").output.startswith("http://127.0.0.1:8000/lti/register?invite=")


# --- phones, bench --------------------------------------------------------------------------------------------------


def test_phones_say_what_they_miss(run: Run, school: Tool) -> None:
    failed(run("phones"), "no lesson is running")
    failed(run("phones", "--code", "000000", "--url", "http://127.0.0.1:9"), "does not answer")
    failed(run("phones", "--count", "many"), "many")
    for option, value in (("--count", "0"), ("--home", "2"), ("--over", "-1"), ("--median", "0")):
        failed(run("phones", option, value), option, "range")


def test_a_class_that_is_smaller_than_asked_for_says_why() -> None:
    assert sitting_down(38, 38, "163302") == "Pupils who sit down in lesson 163302: 38. Ctrl-C sends them home."
    assert "No more names are free" in sitting_down(2, 38, "163302")


def test_bench_wants_a_known_scenario(run: Run) -> None:
    failed(run("bench", "live", "--scenario", "XXL"), "XXL")


def test_bench_measures_the_disk_that_one_names(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(options: live_bench.Options, **_: object) -> None:
        raise live_bench.BenchError(f"it would stand in {options.folder}")

    monkeypatch.setattr(live_bench, "run", refuse)
    failed(run("bench", "live", "--folder", str(tmp_path)), f"it would stand in {tmp_path}")
    (tmp_path / "file").touch()
    failed(run("bench", "live", "--folder", str(tmp_path / "file")), "--folder")


# --- school ---------------------------------------------------------------------------------------------------------


def test_lessons_go_out_under_pseudonyms_into_a_file_of_ones_own(school: Tool, run: Run, tmp_path: Path) -> None:
    with school.inside():
        people = [school.person(f"pupil-{n}") for n in (1, 2)]
        lesson = db.session.query(Lesson).filter_by(uid=school.lesson(SINGLE)).one()
        teach(lesson, school.person("teacher-1"), people, now() - 7_200_000, plain(people, Random(1)))
        hidden = {one.name for one in people} | {one.uid for one in people} | {"pupil-1", "pupil-2", "teacher-1"}
        given = practice(lesson, school.person("teacher-1"), people, now() - 3_600_000, plain(people, Random(2)))
        titles = {lesson.title, given.title}
        numbers = [one.id for one in people]
    teacher = school.teacher()
    teacher.post("marks/subject", periods="35", form="score")
    sent = {f"m{numbers[0]}.regular1": "8,25", f"s{numbers[1]}.final": "missed_unexcused", f"m{numbers[1]}.final": ""}
    assert teacher.post("marks", term="1", **sent).status_code == 303
    span = ("--from", "2020-01-01", "--to", "2100-01-01")
    for kind in ("caliper", "xapi"):
        file = tmp_path / f"{kind}.json"
        done = run("school", "events", "--format", kind, *span, file)
        assert done.exit_code == 0, done.output
        text = file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert json.loads(text)
        assert not [one for one in hidden if one in text]
        assert not [one for one in titles if json.dumps(one, ensure_ascii=False) not in text]
        assert sorted(marks_in(kind, json.loads(text))) == [0.0, 8.3]
        failed(run("school", "events", "--format", kind, *span, file), "is there already")
    whole = tmp_path / "identified.json"
    assert run("school", "events", "--format", "xapi", "--identified", *span, whole).exit_code == 0
    assert '"name": "pupil-1"' in whole.read_text()
    nothing = tmp_path / "nothing.json"
    assert run("school", "events", "--format", "xapi", *span, "--course", "999", nothing).exit_code == 0
    assert json.loads(nothing.read_text()) == []


def marks_in(kind: str, found: list[Any]) -> list[float]:
    """What teachers marked, of an export."""
    if kind == "xapi":
        return [one["result"]["score"]["raw"] for one in found if one["verb"]["id"].endswith("/scored")]
    events = [one for envelope in found for one in envelope["data"]]
    return [
        one["generated"]["scoreGiven"]
        for one in events
        if one["type"] == "GradeEvent" and "/marks/" in one["object"]["id"]
    ]


@pytest.mark.slow
@pytest.mark.postgres
def test_long_questions_are_answered_into_a_folder(
    school: Tool, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    pytest.importorskip("ibis", reason="the extra `school` is not installed: make school")
    folder = tmp_path / "school"
    failed(run("school", "year", folder), "no lesson has been learnt from yet")
    with school.inside():
        given = [
            (n, k, f"run-{n}", 1, "Toán", f"em-{k}", "q", "=item@1", "Vi-ét", float(k > 3), 1.0, 5, "2026-11-20")
            for n in (1, 2, 3)
            for k in range(12)
        ]
        rows.put(db.session.connection(), mastery_answer, given)
        read = [(f"run-{n}", n, 1, "Toán", 9, 1, 1, None) for n in (1, 2, 3)]
        rows.put(db.session.connection(), mastery_run, read)
        db.session.commit()
    _has_a_class_s_week(school)
    school.lesson({**SINGLE, "objective": "Vi-ét"})
    done = run("school", "year", folder)
    assert done.exit_code == 0, done.output
    assert "answers: 36" in done.output
    assert "facts: weeks of classes: 1" in done.output
    assert "question 8/8" in done.output
    heading, line, *_ = lines_of(folder / "objectives.csv")
    assert heading.startswith("Môn;Yêu cầu cần đạt;Làm ở đâu;")
    assert line.startswith("Toán;Vi-ét;trên lớp;12;36;12;0,6666")
    assert "'=item@1" in (folder / "items.csv").read_text(encoding="utf-8-sig")
    assert lines_of(folder / "attendance.csv")[1].endswith(";2026–2027;1;2026-11-16;9;9A1;1;12;9;3;0;0;0;1;0,25")
    assert lines_of(folder / "participation.csv")[1].endswith(";9;9A1;Toán;1;;12;0,75;;;8;3;1")
    assert lines_of(folder / "coverage.csv")[1].endswith(";2026–2027;Toán;9;Vi-ét;1;0;0;0;0;0;0;0;1")
    assert lines_of(folder / "bank.csv")[1].endswith(";2026–2027;Toán;9;1;1;0;1;0;0;0;0;1;0;0;0")
    assert run("school", "year", folder, "--language", "en").exit_code == 0
    assert lines_of(folder / "bank.csv")[0].startswith("School;School year;Subject;Grade;Objectives;")
    assert run("school", "year", folder).exit_code == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    _and_clickhouse_says_the_same(run, folder, monkeypatch)
    _and_so_does_postgresql(run, folder, postgres_url)
    _and_answers_of_a_lesson_need_not_wait(school, run, folder)


def _has_a_class_s_week(school: Tool) -> None:
    with school.inside():
        keys = {"run_id": "run-1", "school": school.registration().id, "subject": "Toán", "week": "2026-11-16"}
        counts = dict.fromkeys(LessonCount.__struct_fields__, 0) | {"pupils": 12, "room": 9, "home": 3}
        counts |= {"asked": 12, "answered": 9, "scored": 0, "high": 8, "middle": 3, "low": 1}
        keys["class_id"] = db.session.query(SchoolClass).one().id
        reader.write_count(db.session.connection(), keys, LessonCount(**counts), now())


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8-sig").splitlines()


@pytest.mark.slow
def test_every_column_of_every_long_question_has_a_heading() -> None:
    ibis = pytest.importorskip("ibis", reason="the extra `school` is not installed: make school")
    from analytics.school import columns, queries  # noqa: PLC0415 - an extra

    tables = {name: ibis.table(ibis.Schema.from_pyarrow(one), name=name) for name, one in columns.SCHEMAS.items()}
    asked = [question(columns.Facts(**tables)).columns for question in queries.QUESTIONS.values()]
    assert {name for some in asked for name in some} == set(longtables.COLUMNS)


def _and_clickhouse_says_the_same(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is installed, of a folder named from where one stands, too."""
    monkeypatch.chdir(folder.parent)
    asked = ("school", "year", folder.name, "--engine", "clickhouse")
    if find_spec("chdb") is None:
        failed(run(*asked), "requirements-dialects.lock")
        return
    before = {file.name: file.read_text(encoding="utf-8-sig") for file in folder.glob("*.csv")}
    for name in before:
        (folder / name).unlink()
    done = run(*asked)
    assert done.exit_code == 0, done.output
    assert {file.name: file.read_text(encoding="utf-8-sig") for file in folder.glob("*.csv")} == before


def _and_so_does_postgresql(run: Run, folder: Path, url: str) -> None:
    """In a database that is named; the installation's own is no PostgreSQL here."""
    asked = ("school", "year", folder, "--engine", "postgresql")
    failed(run(*asked), "--at")
    failed(run(*asked, "--at", "nonsense"), "--at")
    failed(run(*asked, "--at", "postgresql://127.0.0.1:1/nowhere"), "does not answer")
    before = {file.name: file.read_text(encoding="utf-8-sig") for file in folder.glob("*.csv")}
    for name in before:
        (folder / name).unlink()
    done = run(*asked, "--at", url)
    assert done.exit_code == 0, done.output
    assert {file.name: file.read_text(encoding="utf-8-sig") for file in folder.glob("*.csv")} == before


def _and_answers_of_a_lesson_need_not_wait(school: Tool, run: Run, folder: Path) -> None:
    """Whoever writes meanwhile can: on SQLite an export that held the database would have every answer refused."""
    from analytics.school import facts  # noqa: PLC0415 - an extra

    export, written = facts.export, []

    def watched(connection: Connection, *about: Any, **how: Any) -> Any:
        found = export(connection, *about, **how)
        assert connection.in_transaction()
        with connection.engine.begin() as other:
            written.append(other.execute(update(mastery_run).values(seq=10)).rowcount)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "export", watched)
        done = run("school", "year", folder, "--all")
    assert done.exit_code == 0, done.output
    assert written == [3]
    assert "facts: 1 parts, 1 of them to be written" in done.output
