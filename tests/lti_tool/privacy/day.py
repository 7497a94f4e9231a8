"""One whole lesson, with everything that the tool may come to know of a pupil: what privacy is measured against."""

from dataclasses import dataclass

from lti_tool.extensions import db
from lti_tool.models import LessonRun
from tests.lti_tool.platform import LTI, json_answer
from tests.lti_tool.school import picture, press, sit, submit, upload
from tests.lti_tool.tool import OPEN, SINGLE, Browser, Tool

UPLOADS = {1: "0198c0de-0000-7000-8000-00000000aaa1", 2: "0198c0de-0000-7000-8000-00000000aaa2"}
SHORT = {
    "kind": "short",
    "title": "Tên định lí",
    "content": {"prompt": "Định lí mang tên ai?", "accepted": ["Vi-ét"], "accents": True},
}
OWN = {
    1: ("Đặng Thái An", "pupil-1", "em.an@hocsinh.example.edu.vn", "Ngắn của An", "Em An chưa hiểu dấu trừ"),
    2: ("Trần Hoài An", "pupil-2", "em.hoai@hocsinh.example.edu.vn", "Ngắn của Hoài", "Em Hoài muốn làm lại"),
}
"""What is each pupil's alone: name, sub, e-mail, short answer, longer text."""
TEACHER = ("Nguyễn Thu Hà", "teacher-1")


@dataclass
class Day:
    """The tool after the lesson; `uids` and `ids` by the pupil's number, 0 the teacher's."""

    tool: Tool
    run_id: str
    teacher: Browser
    pupils: dict[int, Browser]
    uids: dict[int, str]
    ids: dict[int, int]


def teach(tool: Tool) -> Day:
    """A class of three, of whom two come; answers, photos, decisions, scores, and who looked."""
    tool.platform.answers["GET", "/items/1/results"] = lambda _: json_answer([])
    teacher = tool.set_up(pupils=3)
    run_id = tool.start(teacher, SINGLE, SHORT, OPEN)
    pupils = {n: tool.pupil(n, email=OWN[n][2], **{f"{LTI}context": _course()}) for n in (1, 2)}
    with tool.inside():
        activities = [a.uid for a in db.session.get_one(LessonRun, run_id).lesson.activities]
        ids = {n: tool.person(f"pupil-{n}").id for n in (1, 2, 3)} | {0: tool.person("teacher-1").id}
        uids = {n: tool.person(f"pupil-{n}").uid for n in (1, 2, 3)} | {0: tool.person("teacher-1").uid}
    for n, pupil in pupils.items():
        sit(pupil)
        upload(pupil, UPLOADS[n], picture(size=(40 + n, 30)))
    for n_activity, uid in enumerate(activities):
        while not _is_open(teacher, run_id, uid):
            press(teacher, run_id)
        for n, pupil in pupils.items():
            values = ["ABCD"[n], OWN[n][3], {"text": OWN[n][4], "photo": UPLOADS[n]}]
            assert submit(pupil, uid, values[n_activity])["t"] == "ack"
    assert teacher.post(f"runs/{run_id}/end").status_code == 303
    tool.jobs().round()
    looks = ("roster", f"runs/{run_id}/report", f"runs/{run_id}/report/photos/{uids[1]}/{UPLOADS[1]}")
    assert [teacher.get(path, buffered=True).status_code for path in looks] == [200, 200, 200]
    said = {f"p{ids[n]}": status for n, status in ((1, "room"), (2, "home"), (3, "absent"))}
    assert teacher.post(f"runs/{run_id}/attendance", **said).status_code == 303
    scores = {f"s{ids[n]}": score for n, score in ((1, "9,5"), (2, "6"))}
    assert teacher.post(f"runs/{run_id}/report/scores", **scores).status_code == 303
    tool.jobs().round()
    assert len(tool.platform.scores) == 2
    return Day(tool, run_id, teacher, pupils, uids, ids)


def _course() -> dict[str, str]:
    return {"id": "course-1", "label": "T9A1", "title": "Toán 9A1"}


def _is_open(teacher: Browser, run_id: str, activity: str) -> bool:
    from lti_tool import live  # noqa: PLC0415

    with teacher.tool.inside():
        state = live.state_of(run_id)
        round_ = state.round(activity)
        return state.current == activity and round_ is not None and round_.is_open
