"""One lesson through the web alone: that the tests' own tools hold together."""

from tests.lti_tool.tool import NUMBER, SINGLE, Tool


def test_a_class_a_lesson_a_teacher_and_a_pupil(any_tool: Tool) -> None:
    teacher = any_tool.set_up(pupils=3)
    uid = any_tool.lesson(SINGLE, NUMBER)
    home = teacher.get("")
    assert home.status_code == 200
    assert "Hệ thức Vi-ét" in home.text
    assert "3 em" in home.text
    pupil = any_tool.pupil(2)
    assert pupil.send("sit", {}).json == {"seat": None}
    assert teacher.post("runs", lesson=uid).status_code == 303
    seat = pupil.send("sit", {}).json["seat"]
    hello = {"t": "hello", "ticket": seat["ticket"], "device": "d", "locale": "vi"}
    (welcome,) = pupil.client.post("/live/frames", json=[hello]).json
    assert welcome["t"] == "welcome"
    assert welcome["state"]["phase"] == "lobby"
    assert "Trần" not in str(welcome)
