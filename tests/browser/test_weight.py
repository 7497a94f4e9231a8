"""What a pupil's page costs before the first answer, and whom it talks to."""

from tests.browser.school import Lesson, Pupil, Stage, kilobytes
from tests.browser.steps import open_next

MOST_KB = 60


def test_a_pupils_page_is_light_and_talks_to_nobody_else(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    open_next(projector)
    pupil = Pupil.arrive(stage)
    pupil.join(lesson.code, "Đặng Thái An")
    pupil.page.locator("button.answer").first.wait_for()
    everything = pupil.watched.requests
    assert kilobytes(everything) <= MOST_KB, "\n".join(f"{kilobytes([r]):6.1f} {r.method} {r.url}" for r in everything)
    ours = stage.school.tool
    elsewhere = [r.url for r in everything if not r.url.startswith((f"{ours}/", "data:", "blob:"))]
    assert not elsewhere
    pupil.answer("5")
    pupil.says("Đã lưu lúc")


def test_what_comes_back_from_the_cache_costs_next_to_nothing(stage: Stage, lesson: Lesson) -> None:
    pupil = Pupil.arrive(stage).join(lesson.code, "Trần Hoài An")
    pupil.watched.requests.clear()
    pupil.page.reload()
    pupil.says("Chờ thầy cô mở câu")
    assert kilobytes(pupil.watched.requests) <= 20
