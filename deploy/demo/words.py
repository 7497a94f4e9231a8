"""What people of the invented school have written by the end of the term, by the verbs of the product's own pages.

A teacher's remarks, next steps and groups' levels, pupils' own words and second looks, questions tagged for assessment,
signed period lines, the homeroom's conduct, what families said by their link, a colleague's note on a lesson. All of it
comes after the jobs: a next step needs an objective that the model knows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

from analytics.attendance import Status
from analytics.mastery import store
from analytics.regulations.circular_22_2021 import KHA, TOT
from deploy.demo.lessons import GROUPS
from deploy.demo.lms import people
from deploy.demo.past import DAY
from lti_tool import live
from lti_tool.clock import now, today
from lti_tool.extensions import db
from lti_tool.lessons import (
    assessments,
    conduct,
    families,
    groupwork,
    judgements,
    marks,
    observations,
    periods,
    profilewords,
    roster,
)
from lti_tool.lessons.courses import scope_of
from lti_tool.models import (
    AttendanceDecision,
    Course,
    EntryKind,
    LessonRun,
    PeriodEntry,
    Person,
    ProfileEntry,
    SchoolClass,
)

PARTS = 3
"""Of the term's questions; each but the last is tagged for an assessment of its own."""
NOTES = {
    2: "Trình bày lời giải gọn và rõ. Nên giúp bạn cùng bàn.",
    7: "Nghỉ nhiều tiết, đã gọi về nhà. Tuần sau ở lại 15 phút để bù phần hệ phương trình.",
    11: "Ít giơ tay nhưng làm bài cẩn thận. Thử gọi em vào câu dễ trước.",
}
OWN_WORDS = {
    0: "Em hiểu cách đưa thừa số ra ngoài dấu căn rồi, còn bất phương trình có số âm thì em hay quên đổi chiều.",
    5: "Tuần này em làm bài tập mỗi tối nên thấy đỡ run khi được gọi.",
}
STEPS = {1: "practise", 3: "explain", 6: "again", 9: "further"}
LOOK_AGAIN, LOOK_AGAIN_OPEN = 4, 8
"""Who asked for a second look: one was answered, one still waits."""
FAMILIES = {
    0: ("willing", "daily", "Cháu tự giác hơn đầu năm. Nhờ cô cho cháu thêm bài về hệ phương trình."),
    7: ("reminded", "seldom", "Gia đình có việc nên cháu nghỉ mấy buổi. Mong cô chỉ giúp phần cháu còn thiếu."),
}
OBSERVED = (
    "Mục tiêu rõ, học sinh nhắc lại được. Câu hỏi soạn sẵn, vừa sức.",
    "Lớp và các em ở nhà làm cùng một câu, cùng lúc. Không em nào phải chờ.",
    "Phần lớn trả lời ngay. Vài em ngồi cuối còn dè dặt, nên gọi sớm hơn.",
    "Mỗi câu xong là có đáp án và lời giải thích vì sao hay chọn sai.",
    "Cách cho trao đổi cặp trước khi hiện đáp án.",
    "Phần củng cố hơi vội, có thể bớt một câu.",
)
"""Under the school's own headings, one by one."""
LAST_JUDGED = 7
"""The groups up to this one have presented."""
GROUP_WORDS = (
    (TOT, "Sơ đồ đủ ý, có ví dụ của nhóm. Trình bày to, rõ."),
    (KHA, "Đúng công thức, còn thiếu điều kiện để phương trình có nghiệm."),
)


def write() -> None:
    """Everything, into the one course that has a term behind it."""
    course = db.session.scalars(select(Course)).one()
    teacher, head = (_person(one) for one in (people.TEACHER, people.HEAD))
    pupils = [db.session.get_one(Person, one.person_id) for one in roster.pupils(course.context_id)]
    class_ = db.session.scalars(select(SchoolClass)).one()
    taught = select(LessonRun).where(LessonRun.context_id == course.context_id).order_by(LessonRun.started_at)
    runs = db.session.scalars(taught).all()
    _profiles(course.context_id, teacher, pupils)
    _tag(course, teacher)
    _groups(runs, teacher)
    _judge(course, teacher)
    _sign(course.context_id, runs, teacher)
    _conduct(class_, course, pupils, teacher)
    _families(class_, pupils, teacher)
    _observe(runs[-1], head)


def _person(one: people.Person) -> Person:
    return db.session.scalars(select(Person).where(Person.sub == one.sub)).one()


def _profiles(context_id: int, teacher: Person, pupils: Sequence[Person]) -> None:
    """Remarks, next steps, own words, two second looks."""

    def say(number: int, kind: EntryKind, days_ago: int, text: str = "", **more: object) -> ProfileEntry:
        pupil = pupils[number]
        by = pupil if kind in (EntryKind.WORD, EntryKind.CONTEST) else teacher
        entry = ProfileEntry(
            context_id=context_id, person_id=pupil.id, kind=kind, text=text, written_by=by.id,
            at=now() - days_ago * DAY, **{"objective": "", "step": "", **more},
        )  # fmt: skip
        profilewords.write(entry)
        db.session.flush()
        return entry

    known = _objectives(context_id, pupils)
    for number, text in NOTES.items():
        say(number, EntryKind.NOTE, 12, text)
    for number, text in OWN_WORDS.items():
        say(number, EntryKind.WORD, 9, text)
    for number, step in STEPS.items():
        if objective := known.get(pupils[number].uid):
            say(number, EntryKind.STEP, 5, step=step, objective=objective)
    for number, days_ago in ((LOOK_AGAIN, 8), (LOOK_AGAIN_OPEN, 2)):
        if objective := known.get(pupils[number].uid):
            asked = say(
                number, EntryKind.CONTEST, days_ago, "Em làm được bài này ở nhà rồi, cô xem lại giúp em.",
                objective=objective,
            )  # fmt: skip
            if number == LOOK_AGAIN:
                told = "Cô đã xem vở của em: em đã làm đúng. Tiết tới cô hỏi lại một câu để mức được tính mới."
                say(number, EntryKind.REPLY, days_ago - 1, told, objective=objective, replies_to=asked.id)


def _objectives(context_id: int, pupils: Sequence[Person]) -> Mapping[str, str]:
    """An objective that the model knows of each pupil."""
    ids = [one.uid for one in pupils]
    found = store.estimates(db.session.connection(), scope_of(context_id), ids)
    return {who: objective for who, objective in sorted(found, reverse=True) if objective}


def _tag(course: Course, teacher: Person) -> None:
    """Two assessments, whose proposals wait for the teacher; the newest lessons are not tagged yet."""
    term = marks.term_of(today())
    taught = [one for one in assessments.taught(course, term)[::-1] if one.questions]
    size = len(taught) // PARTS
    for number in range(PARTS - 1):
        tags = [(one.run_id, q.activity) for one in taught[number * size : (number + 1) * size] for q in one.questions]
        if tags:
            title = f"Hỏi đáp trên lớp, phần {number + 1}"
            assessments.make(course, term, title, "oral", tags, teacher.id)


def _groups(runs: Sequence[LessonRun], teacher: Person) -> None:
    """The teacher's word on two groups."""
    for run in runs:
        if run.title == GROUPS.title:
            for task in groupwork.tasks_of(run, live.state_of(run.run_id)):
                for made, word in zip(task.groups, GROUP_WORDS, strict=False):
                    groupwork.say(run, task.activity, made.number, groupwork.Word(*word), teacher.id)


def _judge(course: Course, teacher: Person) -> None:
    """A presentation that was judged by levels, group by group; how somebody answered questions is their own. The last
    groups wait, and nobody has a mark of it yet."""
    term = marks.term_of(today())
    lessons = [one for one in assessments.taught(course, term) if one.title == GROUPS.title]
    tags = [(one.run_id, work.activity) for one in lessons for work in one.works]
    if not tags:
        return  # it was in the term before
    made = assessments.make(course, term, "Thuyết trình sơ đồ", "presentation", tags, teacher.id, by_levels=True)
    everybody, said = roster.pupils(course.context_id), dict[judgements.Cell, int]()
    for work in judgements.works_of(made):
        for one in everybody if not work.is_group else ():
            team = work.teams.get(one.uid, LAST_JUDGED + 1)
            if team <= LAST_JUDGED:
                levels = (4 - team % 2, 3 + team % 2, 2 + one.number % 3, 4)
                said |= {work.cell(r.name, one.person_id): n for r, n in zip(work.rows, levels, strict=True)}
    judgements.save(made, said, 0, everybody, teacher.id)


def _sign(context_id: int, runs: Sequence[LessonRun], teacher: Person) -> None:
    """The log of periods, signed when each was over, but for the last week's."""
    for run in runs:
        if run.started_at < now() - 7 * DAY:
            line = periods.line_of(context_id, run.run_id)
            name = periods.save(line, line.values, context_id, teacher.id, sign=True, why="")
            then = {"is_late": False, "saved_at": run.ended_at}
            db.session.execute(update(PeriodEntry).where(PeriodEntry.line == name).values(then))


def _conduct(class_: SchoolClass, course: Course, pupils: Sequence[Person], teacher: Person) -> None:
    """Every fifth pupil is Khá; half-days of absence are the mornings of the lessons that the pupil missed."""
    rules = marks.rulebook(course)
    if not isinstance(rules, marks.Rulebook):
        return
    missed = select(AttendanceDecision.person_id).where(AttendanceDecision.status.in_((Status.EXCUSED, Status.ABSENT)))
    away, term = Counter(db.session.scalars(missed)), marks.term_of(today())
    form = {
        (one.id, term): conduct.Written(KHA if number % 5 == 4 else TOT, str(away[one.id]), 0)
        for number, one in enumerate(pupils)
    }
    conduct.save(class_, rules.regulation, {one.id for one in pupils}, form, by=teacher.id, why="")


def _families(class_: SchoolClass, pupils: Sequence[Person], teacher: Person) -> None:
    """Two families have said yes, have opened their link, and have written."""
    for number, words in FAMILIES.items():
        who = pupils[number].id
        for purpose in (families.LINK, families.WORDS):
            families.consent(who, purpose, "parent", is_given=True, how="paper", by=teacher.id)
        link = families.redeem(families.make_link(class_, who, max(families.DAYS), teacher.id))
        families.note_opening(link)
        families.say(link, *words)


def _observe(run: LessonRun, head: Person) -> None:
    """The head of department sat in on the newest lesson, and sent the note."""
    form = {f"h{number}": text for number, text in enumerate(OBSERVED)}
    observations.write(run, head.id, form, send=True)
