"""What the service worker may keep of a lesson being taught: a page that is the same for everybody."""

import re
from pathlib import Path

import pytest

import lti_tool
from tests.lti_tool.school import sit
from tests.lti_tool.tool import SINGLE, Tool

STATIC = Path(lti_tool.__file__).parent / "static"


def test_the_console_without_a_network_knows_nobody(tool: Tool) -> None:
    teacher = tool.set_up(3)
    run_id = tool.start(teacher, SINGLE)
    sit(tool.pupil(1))
    anybody = tool.app.test_client().get("/console-shell")
    kept = teacher.client.get("/console-shell")
    assert kept.data == anybody.data
    assert (kept.status_code, kept.headers["Cache-Control"]) == (200, "no-cache")
    assert "Set-Cookie" not in kept.headers
    page = kept.text
    assert "Mất mạng" in page
    console = teacher.get(f"runs/{run_id}/console").text
    ticket = re.findall(r'"ticket": ?"([^"]+)"', console)[0]
    with tool.inside():
        personal = [tool.person("teacher-1").uid, tool.person("pupil-1").uid, tool.person("pupil-1").name]
    for secret in (run_id, teacher.token, ticket, teacher.path(""), *personal):
        assert secret not in page


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_worker_of_a_language_keeps_shells_in_it(tool: Tool, language: str) -> None:
    """Whatever else the browser prefers: a launch in another language sets no cookie."""
    client = tool.app.test_client()
    worker = client.get(f"/sw.js?language={language}", headers={"Accept-Language": "vi, en"}).text
    kept = re.findall(rf'"(/(?:phone|console)-shell\?language={language})"', worker)
    assert len(kept) == 2
    assert all(f'lang="{language}"' in client.get(path).text for path in kept)
    assert f"/words/{language}/" in worker
    assert client.get("/sw.js?language=xx").status_code == 200


def test_the_worker_keeps_no_page_of_a_launch(tool: Tool) -> None:
    worker = tool.set_up(1).client.get("/sw.js").text
    assert re.findall(r"addAll\((.*?)\)", worker) == ["addresses"]
    assert re.findall(r"\bkeep\((.*?)\)", worker) == ["[SHELL, ...FILES]", "MORE[event.data]"]
    assert "const MORE = { teacher: [TEACHER, ...OWN], kinds: KINDS };" in worker
    assert "cache.put" not in worker
    assert not [path for path in re.findall(r'"(/[^"]*)"', worker) if path.startswith("/l/")]


@pytest.mark.parametrize(("page", "list_"), [("js/phone.js", "FILES"), ("js/offline.js", "FILES|OWN")])
def test_the_worker_keeps_every_script_without_which_a_shell_does_not_start(tool: Tool, page: str, list_: str) -> None:
    worker = tool.set_up(1).client.get("/sw.js").text
    lists = re.findall(rf"const (?:{list_}) = files\((\[.*?\])\)", worker, re.DOTALL)
    kept = {one for files in lists for one in re.findall(r'"(.*?)"', files)}
    assert page in kept
    needed, seen = [page], set[str]()
    while needed:
        seen.add(one := needed.pop())
        imports = re.findall(r'^import (?:.* from )?"\./(.*?)";', (STATIC / one).read_text(), re.MULTILINE)
        needed += [f"js/{name}" for name in imports if f"js/{name}" not in seen]
    assert seen - kept == set()
