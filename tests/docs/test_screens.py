"""Every page that people see stands in the sheets of screens."""

from pathlib import Path

from live_session import activities
from lti_tool import pages
from tests.screens import Gallery

SHEETS = Path(__file__).parents[2] / "docs" / "pictures" / "screens"
CALLED = {
    "department_periods": "department-periods",
    "department_questions": "department-questions",
    "editor": "editor-empty",
    "enter": "",
    "guest": "",
    "join_code": "door-code",
    "join_confirm": "door-confirm",
    "join_names": "door-names",
    "overview": "class",
    "packs": "department-packs",
    "papercards": "cards",
    "pass": "phone-pass",
    "phone": "phone-question",
    "console": "console-question",
    "projector": "projector-question",
    "classroom": "google",
    "objectives": "marks-files-objectives",
    "sheets": "marks-files",
    "proposals": "marks-proposals",
    "year": "marks-year",
    "observations": "observe",
}
"""Sheets that have another name than their template. Empty: seen for a moment, on the way to another page."""
IN_PASSING = {
    *("choose", "chosen", "register", "registered", "frame_login", "frame_proof", "framed"),  # in the LMS's own frame
    *("computing", "console_shell", "observed"),
    "pack_file",  # the file of a pack
}


def test_every_page_has_a_sheet() -> None:
    templates = {path.stem for path in (Path(pages.__file__).parent / "templates").glob("[!_]*.html")}
    assert templates >= IN_PASSING
    assert templates >= CALLED.keys()
    named = {CALLED.get(one, one.replace("_", "-")) for one in templates - IN_PASSING} - {""}
    assert not named - {path.stem for path in SHEETS.glob("*.webp")}


def test_every_kind_of_activity_has_a_sheet_of_its_phone() -> None:
    usual = {"single": "question", "short": "number"}
    named = {f"phone-{usual.get(kind, kind)}" for kind in activities.types()}
    assert not named - {path.stem for path in SHEETS.glob("*.webp")}


def test_a_walk_that_passes_a_screen_by_says_so() -> None:
    gallery = Gallery(kept={"home", "phone-group"})
    gallery.lack({"home", "phone-group", "phone-slide"})
    assert gallery.missed == ["phone-slide: not reached"]
