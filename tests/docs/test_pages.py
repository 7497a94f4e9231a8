"""Nothing of the tree is missing from the tour, nothing asked for from the list of dependencies; no link is dead."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lti_tool.translations import catalogue
from tests.docs.tables import DOCS, ROOT

PACKAGES = ("live_session", "analytics", "lti_tool", "deploy")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
MOST_PICTURE = 120_000


def modules() -> Iterator[str]:
    """Every module, and every package (by its folder), as the tour names them."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name not in ("__init__.py", "__main__.py"):
                yield str(path.relative_to(ROOT))
            elif path.name == "__init__.py":
                yield f"{path.parent.relative_to(ROOT)}/"


def toured() -> list[str]:
    """What the tour names: a heading names a folder, a line that begins with a name in code a module in it."""
    folder, found = "", []
    for line in (DOCS / "tour.md").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"#+ `([\w/.]+/)`", line):
            folder = heading[1]
            found.append(folder)
        elif entry := re.match(r"- `([\w.]+)`: ", line):
            name = entry[1]
            found.append(f"{folder}{name}" + ("" if "." in name else ".py"))
    return found


def test_the_tour_passes_every_module() -> None:
    there = [m for m in modules() if "/versions/" not in m]
    assert not [m for m in there if m not in toured()], "docs/tour.md lacks these"


def test_the_tour_shows_nothing_that_is_gone() -> None:
    gone = [name for name in toured() if not (ROOT / name).exists()]
    assert not gone, "docs/tour.md names these"
    assert len(set(toured())) == len(toured())


def test_what_the_tour_calls_the_core_is_held_to_do_no_io() -> None:
    """From `errors` to `presence`, and two packages: import-linter's contract names them all, and nothing else."""
    in_order = [name.removesuffix(".py").rstrip("/").replace("/", ".") for name in toured()]
    core = in_order[in_order.index("live_session.errors") : in_order.index("live_session.presence") + 1]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    held = next(one["source_modules"] for one in contracts if "does no IO" in one["name"])
    assert set(held) == {*core, "live_session.projection", "live_session.activities"}


def dependencies() -> list[str]:
    """The names of everything that pyproject.toml asks for, for running, building and developing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    groups = [project["project"]["dependencies"], *extras.values(), *project["dependency-groups"].values()]
    wanted = [one for group in groups for one in group if isinstance(one, str)]  # not what another group includes
    return [re.match(r"[\w-]+", one)[0] for one in wanted]  # type: ignore[index]


def explained() -> list[str]:
    return re.findall(r"^- `([\w-]+)`: \S", (DOCS / "dependencies.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_dependency_says_why_it_is_here() -> None:
    assert sorted(explained()) == sorted(dependencies())


def targets(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text):
        found = target[0] or target[1]
        if not re.match(r"[a-z]+:", found):
            yield found


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    for target in targets(page):
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve() if path else page
        assert aim.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(aim), f"{target}: no such heading"


def test_every_page_of_docs_can_be_reached_from_its_index() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    lost = [str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md") if f"({p.relative_to(DOCS)})" not in index]
    assert lost == ["index.md"]


def test_what_the_code_says_of_the_docs_is_there() -> None:
    sources = [p for name in (*PACKAGES, "tests") for p in (ROOT / name).rglob("*.py")]
    sources += [ROOT / "pyproject.toml", ROOT / "Makefile", *(ROOT / "deploy").glob("*/*.service")]
    named = {(m, s) for s in sources for m in re.findall(r"\bdocs/[\w/.-]+\.md\b", s.read_text(encoding="utf-8"))}
    assert not [f"{source}: {name}" for name, source in named if not (ROOT / name).exists()]


def test_pictures_are_small_and_used() -> None:
    said = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (DOCS / "pictures").glob("*"):
        assert picture.stat().st_size <= MOST_PICTURE, picture.name
        assert picture.name in said, f"{picture.name} is used nowhere"


VIETNAMESE = re.compile(r"[ăâđêôơưáàảãạéèẻẽẹíìỉĩịóòỏõọúùủũụýỳỷỹỵấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữự]", re.IGNORECASE)
OF_THE_DEMO = {"Toán 9A1", "Tiết học trực tiếp · Giơ Tay", "Hệ thức Vi-ét và ứng dụng"}
"""Names that stand in the demo LMS and in its lessons, not among the tool's words."""


def quoted(page: Path) -> Iterator[str]:
    """What a page quotes from a Vietnamese screen: words in italics or bold; of a way through a menu, each step."""
    text = re.sub(r"```.*?```|!\[[^]]*\]", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for said in re.findall(r"(?<![*\w])\*{1,2}([^*]+?)\*{1,2}(?!\*)", text):
        yield from (unfilled(part.strip(" :.")) for part in re.split(r" [›→] ", said) if VIETNAMESE.search(part))


def unfilled(text: str) -> str:
    """A text with a gap for each value that a page puts into it."""
    return re.sub(r"%\(\w+\)s|\d+(?:[.,]\d+)?", "…", " ".join(text.split())).lower()


@cache
def on_screens() -> str:
    texts = (m.string if isinstance(m.string, str) else "\n".join(m.string) for m in catalogue("vi"))
    return "\n".join(unfilled(text) for text in (*texts, *OF_THE_DEMO))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_a_page_quotes_from_the_screens_stands_there(page: Path) -> None:
    assert not [said for said in quoted(page) if said not in on_screens()], "no screen says this"
