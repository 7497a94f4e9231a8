"""A running Moodle 4.5 as its people use it, in a real Chromium. Locators follow Moodle's own English pages."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Frame, Locator, Page, expect

PATIENCE_MS = 90_000  # a Moodle that has just started builds its scripts and caches as it is asked
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@dataclass
class Moodle:
    """`url` without a slash at the end; `password` is that of everybody in the test course; `course` its id; `source`
    the folder of its PHP, whose command line does what an operator does there."""

    browser: Browser
    url: str
    password: str
    course: int
    source: Path

    def sign_in(self, user: str, password: str | None = None, **options: Any) -> "Member":
        """A person in a browser profile of their own. Chromium blocks third-party cookies there, as by default."""
        context = self.browser.new_context(ignore_https_errors=True, **options)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(f"{self.url}/login/index.php")
        type_credentials(page, user, password or self.password)
        page.wait_for_url(re.compile(re.escape(self.url) + r"/(?!login)"), wait_until="commit")
        return Member(self, context, page)

    # --- the operator -----------------------------------------------------------------------------------------------

    def cli(self, script: str, *options: str) -> str:
        """What one of Moodle's own commands prints."""
        return self._php(f"admin/cli/{script}.php", *options)

    def php(self, code: str) -> str:
        """What a piece of PHP inside Moodle prints."""
        return self._php("-r", f"define('CLI_SCRIPT', true); require 'config.php'; {code}")

    def _php(self, *arguments: str) -> str:
        done = subprocess.run(["php", *arguments], cwd=self.source, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def setting(self, name: str, value: str) -> Iterator[None]:
        """Another value of a site's setting for a while; the tool's keys that Moodle has kept are dropped."""
        before = self.php(f"echo get_config('core', '{name}');")
        try:
            self.cli("cfg", f"--name={name}", f"--set={value}")
            self.php("cache::make('mod_lti', 'keyset')->purge();")
            yield
        finally:
            self.cli("cfg", f"--name={name}", f"--set={before}")
            self.php("cache::make('mod_lti', 'keyset')->purge();")

    def suspend(self, user: str, *, is_suspended: bool) -> None:
        """Suspend somebody's enrolment in the course, or take that back."""
        status = "ENROL_USER_SUSPENDED" if is_suspended else "ENROL_USER_ACTIVE"
        self._way(user, f"update_user_enrol($way, $user->id, {status})")

    def _way(self, user: str, deed: str) -> None:
        """A deed of the course's manual way to enrol."""
        self.php(
            "require_once($CFG->libdir . '/enrollib.php');"
            f"$user = $DB->get_record('user', ['username' => '{user}'], '*', MUST_EXIST);"
            f"$way = $DB->get_record('enrol', ['courseid' => {self.course}, 'enrol' => 'manual'], '*', MUST_EXIST);"
            f"enrol_get_plugin('manual')->{deed};"
        )

    def leave(self, user: str) -> None:
        """Take somebody out of the course."""
        self._way(user, "unenrol_user($way, $user->id)")

    def enrol(self, user: str) -> None:
        """Put a pupil into the course."""
        role = "$DB->get_field('role', 'id', ['shortname' => 'student'], MUST_EXIST)"
        self._way(user, f"enrol_user($way, $user->id, {role})")

    def user_id(self, user: str) -> int:
        return int(self.php(f"echo $DB->get_field('user', 'id', ['username' => '{user}'], MUST_EXIST);"))

    def tokens(self) -> int:
        """How many access tokens Moodle has given out and not forgotten yet."""
        return int(self.php("echo $DB->count_records('lti_access_tokens');"))

    def copy_course(self, folder: Path) -> int:
        """Back the course up and restore it as a new one, people included; the new course's id."""
        self.cli("backup", f"--courseid={self.course}", f"--destination={folder}")
        (backup,) = folder.glob("*.mbz")
        said = self.cli("restore_backup", f"--file={backup}", "--categoryid=1")
        found = re.search(r"Restored course ID: (\d+)", said, re.I)
        assert found, said
        return int(found[1])

    def delete_course(self, course: int) -> None:
        self.cli("delete_course", f"--courseid={course}", "--disablerecyclebin", "--non-interactive")


def sign_in_page(moodle: Moodle, context: BrowserContext, user: str) -> "Member":
    """A person in a browser that is open already."""
    page = context.new_page()
    page.goto(f"{moodle.url}/login/index.php")
    type_credentials(page, user, moodle.password)
    page.wait_for_url(re.compile(re.escape(moodle.url) + r"/(?!login)"), wait_until="commit")
    return Member(moodle, context, page)


def type_credentials(page: Page, user: str, password: str) -> None:
    """Moodle's script rebuilds the password's field once the page has loaded, and loses what stood there before; on a
    busy machine when it is on its way already. Then Moodle refuses it, and it is typed once more."""
    for _attempt in range(3):
        settled(page)
        page.fill("#username", user)
        for _ in range(5):
            page.fill("#password", password)
            page.wait_for_timeout(150)
            if page.input_value("#password") == password:
                break
        with page.expect_navigation(wait_until="commit"):
            page.click("#loginbtn")
        if "/login/" not in page.url:
            return


def settled(page: Page) -> None:
    """Wait for Moodle's own scripts."""
    page.wait_for_function("window.M?.util?.complete_js && !(M.util.pending_js || []).length")


@dataclass
class Member:
    """Somebody who has signed in to Moodle."""

    moodle: Moodle
    context: BrowserContext
    page: Page

    def close(self) -> None:
        self.context.close()

    def call(self, method: str, **args: Any) -> Any:
        """One of Moodle's own functions, as its pages call them."""
        self.page.goto(f"{self.moodle.url}/my/")
        settled(self.page)
        answer = self.page.evaluate(
            """async (body) => await (await fetch(
                `${M.cfg.wwwroot}/lib/ajax/service.php?sesskey=${M.cfg.sesskey}`, {method: 'POST', body})).json()""",
            json.dumps([{"index": 0, "methodname": method, "args": args}]),
        )
        assert not answer[0]["error"], answer
        return answer[0]["data"]

    # --- the administrator ------------------------------------------------------------------------------------------

    def tools(self) -> set[int]:
        """The ids of the external tools."""
        asked = {"toolproxyid": 0, "orphanedonly": False, "limit": 0, "offset": 0}
        return {int(one["id"]) for one in self.call("mod_lti_get_tool_types_and_proxies", **asked)["types"]}

    def register(self, address: str, in_tool: Callable[[Frame], None]) -> int:
        """Paste a registration address under Manage tools, click through the tool's own page, activate it."""
        before = self.tools()
        self._paste(address, in_tool, 0)
        made = (self.tools() - before).pop()
        self.activate(made)
        return made

    def register_again(self, address: str, in_tool: Callable[[Frame], None], tool: int) -> None:
        """Paste it once more, and say that it is the tool that is there already."""
        before = self.tools()
        self._paste(address, in_tool, tool)
        assert self.tools() == before

    def _paste(self, address: str, in_tool: Callable[[Frame], None], tool: int) -> None:
        page = self.page
        page.goto(f"{self.moodle.url}/mod/lti/toolconfigure.php")
        settled(page)
        page.fill("#tool-url", address)
        page.click("#tool-create-button")
        frame = frame_of(page, "iframe[id*='registration'], [id*='external-registration'] iframe")
        # Where a tool of this domain is known, Moodle asks whether it is that one (its id) or a new one (0).
        again = frame.locator(f"button[data-href$='type={tool}']")
        consent = frame.get_by_role("checkbox")
        expect(again.or_(consent).first).to_be_visible()
        if again.count():
            # Moodle's script gives the button its work after the page has loaded: a click before that is lost.
            frame.wait_for_function("(button) => button.onclick", arg=again.element_handle())
            again.click()
            consent.wait_for()
        in_tool(frame)
        page.wait_for_timeout(500)

    def activate(self, tool: int) -> None:
        self.page.goto(f"{self.moodle.url}/mod/lti/toolconfigure.php")
        card = self.page.locator(f".tool-card[data-type-id='{tool}']")
        card.locator("a.activate").click()
        card.locator("a.activate").wait_for(state="detached")
        self.page.wait_for_timeout(500)

    def remove(self, tool: int) -> None:
        self.call("mod_lti_delete_tool_type", id=tool)

    def show_in_chooser(self, tool: int) -> None:
        asked = {"tooltypeid": tool, "courseid": self.moodle.course, "showinactivitychooser": True}
        self.call("mod_lti_toggle_showinactivitychooser", **asked)

    # --- the course -------------------------------------------------------------------------------------------------

    def activities(self, course: int | None = None) -> dict[int, str]:
        """Names of the course's external tools, by course-module id."""
        self.page.goto(f"{self.moodle.url}/course/view.php?id={course or self.moodle.course}")
        settled(self.page)  # the course index is drawn late, and above the course
        links = self.page.locator("a[href*='/mod/lti/view.php?id=']")
        found = {}
        for link in links.all():
            number = re.search(r"id=(\d+)", link.get_attribute("href") or "")
            name = (link.text_content() or "").strip()
            if number and name:
                found.setdefault(int(number[1]), name)
        return found

    def add_by_choosing(self, tool: int, choose: Callable[[Frame], None]) -> list[int]:
        """Add an activity, Select content, choose inside the tool, save. The new course-module ids."""
        before = set(self.activities())
        page = self.page
        form = f"add=lti&return=0&course={self.moodle.course}&section=1&typeid={tool}"
        page.goto(f"{self.moodle.url}/course/modedit.php?{form}")
        settled(page)
        page.click("[name=selectcontent]")
        choose(frame_of(page, "#contentitem-page-iframe"))
        page.wait_for_selector("#contentitem-page-iframe", state="detached")
        page.wait_for_timeout(500)
        page.click("#id_submitbutton2")
        # Moodle computes the course's totals first when a grade has changed by hand, and says so on a page of its own.
        page.wait_for_url(re.compile(r"/course/(view|modregrade)\.php"))
        return sorted(set(self.activities()) - before)

    def delete(self, *cmids: int) -> None:
        """Take activities out of the course."""
        course = str(self.moodle.course)
        self.call("core_courseformat_update_course", action="cm_delete", courseid=course, ids=list(cmids))

    @contextmanager
    def as_student(self) -> Iterator[None]:
        """“Switch role to… Student”, and back."""
        course = f"{self.moodle.url}/course/view.php?id={self.moodle.course}"
        switch = f"{self.moodle.url}/course/switchrole.php?id={self.moodle.course}"
        self.page.goto(f"{switch}&switchrole=-1&returnurl=/course/view.php?id={self.moodle.course}")
        self.page.get_by_role("button", name="Student", exact=True).click()
        self.page.wait_for_url(re.compile(r"/course/view\.php"))
        try:
            yield
        finally:
            self.page.goto(course)
            self.page.goto(f"{switch}&switchrole=0&sesskey={self.page.evaluate('M.cfg.sesskey')}")

    def launch(self, cmid: int) -> Frame:
        """Open an activity: the tool's frame on Moodle's page."""
        self.page.goto(f"{self.moodle.url}/mod/lti/view.php?id={cmid}")
        return frame_of(self.page, "#contentframe")

    def review(self, cmid: int, user: int) -> Frame:
        """From the gradebook to one pupil's work: where the grader report's "grade analysis" leads."""
        self.page.goto(f"{self.moodle.url}/mod/lti/grade.php?id={cmid}&userid={user}")
        return frame_of(self.page, "#contentframe")

    def launch_in_window(self, cmid: int) -> Page:
        """Open an activity in a window of its own, as with the launch container “new window”."""
        window = self.context.new_page()
        window.goto(f"{self.moodle.url}/mod/lti/launch.php?id={cmid}&triggerview=0")
        return window

    # --- the gradebook ----------------------------------------------------------------------------------------------

    def grade(self, column: str, course: int | None = None) -> tuple[str, str]:
        """This pupil's own grade and feedback in a column, as the user report shows them."""
        report = self.page.locator("table.user-grade")
        for _ in range(5):  # after a change Moodle computes its totals first, and shows that in place of the report
            self.page.goto(f"{self.moodle.url}/grade/report/user/index.php?id={course or self.moodle.course}")
            if report.count():
                break
        row = self.page.locator("table.user-grade tr", has=self.page.locator(".rowtitle", has_text=column)).first
        grade = re.search(r"\d+\.\d+|-", row.locator("td.column-grade").inner_text())
        assert grade, row.inner_text()
        return grade[0], row.locator("td.column-feedback").inner_text().strip()

    def override(self, column: str, pupil: str, grade: str) -> None:
        """The teacher writes a grade by hand in Moodle's gradebook."""
        row = self._cell(column, pupil)
        field = row.locator("input[name^='finalgrade_']")
        if field.is_disabled():
            row.locator("input[name^='override_'][type=checkbox]").check()
        field.fill(grade)
        self._save()

    def take_override_back(self, column: str, pupil: str) -> None:
        """The teacher lets go of a grade written by hand: the tool may write there again."""
        self._cell(column, pupil).locator("input[name^='override_'][type=checkbox]").uncheck()
        self._save()

    def delete_column(self, column: str) -> None:
        """Gradebook setup › Delete: what Moodle lets a teacher do with a column that no activity owns."""
        base = f"{self.moodle.url}/grade/edit/tree/index.php?id={self.moodle.course}"
        item = self._column(column)
        sure = f"action=delete&confirm=1&eid=ig{item}&sesskey={self.page.evaluate('M.cfg.sesskey')}"
        self.page.goto(f"{base}&{sure}")

    def columns(self) -> list[str]:
        """Names of the gradebook's columns."""
        return [one["itemname"] for one in self._columns()]

    def _columns(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("core_grades_get_gradeitems", courseid=self.moodle.course)["gradeItems"]
        return found

    def _column(self, name: str) -> int:
        return next(int(one["id"]) for one in self._columns() if name in one["itemname"])

    def _cell(self, column: str, pupil: str) -> Locator:
        """A pupil's row in the single view of a column, ready for writing."""
        page, base = self.page, f"{self.moodle.url}/grade/report/singleview/index.php?id={self.moodle.course}"
        page.goto(f"{base}&item=grade&itemid={self._column(column)}")
        settled(page)
        if page.locator("input[name=setmode]").count() and not page.locator("input[name=setmode]").is_checked():
            page.locator("input[name=setmode]").check()
            page.wait_for_load_state("networkidle")
        return page.locator("tbody tr", has_text=pupil, has=page.locator("input[name^='finalgrade_']")).first

    def _save(self) -> None:
        self.page.get_by_role("button", name="Save").first.click()
        self.page.wait_for_load_state("networkidle")


def frame_of(page: Page, selector: str) -> Frame:
    """The frame behind an element, once it shows another site than Moodle or has loaded."""
    handle = page.wait_for_selector(selector, state="attached")
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    deadline = time.monotonic() + PATIENCE_MS / 1_000
    while time.monotonic() < deadline:
        try:
            if frame.url != "about:blank" and frame.evaluate("document.readyState") == "complete":
                return frame
        except Error:  # it is navigating
            pass
        page.wait_for_timeout(100)
    raise AssertionError(f"the frame never loaded: {frame.url}")
