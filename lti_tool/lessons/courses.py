"""What an LMS course stands for: guessed from its title, said by the teacher in one form."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from analytics.mastery.store import Scope
from live_session.links import host_of, https_link
from lti_tool.clock import now, school_year
from lti_tool.errors import Fault
from lti_tool.extensions import db, hold
from lti_tool.models import Context, Course, CourseClass, Deployment, Membership, Registration, SchoolClass
from lti_tool.text import one_line

SUBJECTS = (
    "Toán", "Ngữ văn", "Ngoại ngữ 1", "Khoa học tự nhiên", "Lịch sử và Địa lí", "Giáo dục công dân", "Tin học",
    "Công nghệ", "Giáo dục thể chất", "Nghệ thuật", "Hoạt động trải nghiệm, hướng nghiệp",
    "Nội dung giáo dục địa phương", "Vật lí", "Hoá học", "Sinh học", "Lịch sử", "Địa lí",
    "Giáo dục kinh tế và pháp luật", "Giáo dục quốc phòng và an ninh",
)  # fmt: skip
"""Subjects of grades 6 to 12 (Programme of 2018)."""

GRADES = range(6, 13)
USUAL_GRADE = 9

ALIASES = {
    "Toán": ("math", "maths"),
    "Ngữ văn": ("văn", "văn học"),
    "Ngoại ngữ 1": ("tiếng anh", "anh văn", "ngoại ngữ", "english", "anh"),
    "Khoa học tự nhiên": ("khtn",),
    "Lịch sử và Địa lí": ("lịch sử - địa lí", "lịch sử địa lí", "sử địa", "sử - địa", "ls&đl", "ls-đl", "lsđl"),
    "Giáo dục công dân": ("gdcd", "công dân"),
    "Tin học": ("tin",),
    "Giáo dục thể chất": ("gdtc", "thể dục", "thể chất"),
    "Nghệ thuật": ("âm nhạc", "mĩ thuật"),
    "Hoạt động trải nghiệm, hướng nghiệp": ("hoạt động trải nghiệm", "trải nghiệm", "hđtn", "hđtnhn"),
    "Nội dung giáo dục địa phương": ("giáo dục địa phương", "gdđp"),
    "Vật lí": ("lí",),
    "Hoá học": ("hoá",),
    "Sinh học": ("sinh",),
    "Lịch sử": ("sử",),
    "Địa lí": ("địa",),
    "Giáo dục kinh tế và pháp luật": ("kinh tế pháp luật", "gdktpl", "ktpl"),
    "Giáo dục quốc phòng và an ninh": ("giáo dục quốc phòng", "quốc phòng", "gdqp", "gdqpan"),
}
"""What courses are called in titles, beside a subject's own name. Single words count with their marks only."""

_GRADE = "(1[0-2]|[6-9])"
_END = r"(?![^\W_])"
_CLASS = re.compile(
    rf"(?<!\d){_GRADE}(?!hk|th{_END})([a-zđ]{{1,3}}\d{{0,2}}|[./]\d{{1,2}}|\s(?-i:[A-ZĐ])\s?\d{{0,2}}){_END}", re.I
)
_DAY = r"\d{1,2}[./-]\d{1,2}"
_DATE = re.compile(rf"{_DAY}[./-](?:20)?\d\d|20\d\d[./-]{_DAY}|ngày\s+{_DAY}", re.I)
_YEAR = re.compile(r"(20\d\d)\s*[-–/]\s*(20)?(\d\d)(?!\d)")
_NAMED_GRADE = re.compile(rf"(?:khối|lớp|grade|class)\s*{_GRADE}(?!\d)", re.I)


@dataclass(frozen=True)
class Guess:
    """What the set-up form begins with."""

    classes: tuple[str, ...]
    subject: str
    grade: int
    school_year: str


def guess(title: str, label: str, today: date) -> Guess:
    """Read a course's title and label: "Toán 9A1 (2026-2027)" is Toán, class 9A1, grade 9. What cannot be read is left
    for the teacher to say; nothing in a title is a fault."""
    text = unicodedata.normalize("NFC", f"{title} · {label}")
    year = next(filter(None, map(_year_of, _YEAR.finditer(text))), None) or school_year(today)
    undated = _YEAR.sub(" ", _DATE.sub(" ", text))
    classes = tuple(dict.fromkeys(_class_name(m) for m in _CLASS.finditer(undated)))
    subject, span = _subject_in(undated)
    grade = grade_of(classes[0]) if classes else _grade_in(undated, span)
    return Guess(classes, subject, grade or USUAL_GRADE, year)


def _subject_in(text: str) -> tuple[str, tuple[int, int]]:
    """The subject a text names, and where: by its own name before an alias, earlier before later, longer before
    shorter."""
    own = {spelled(subject): subject for subject in SUBJECTS}
    other = {spelled(alias): subject for subject, aliases in ALIASES.items() for alias in aliases}
    marked, bare = spelled(text), _bare(spelled(text))
    for names in (own, other):
        found = [(*place, names[name]) for name in names if (place := _place(name, marked, bare))]
        if found:
            start, end, subject = min(found, key=lambda f: (f[0], -f[1]))
            return subject, (start, end)
    return "", (0, 0)


def _place(name: str, marked: str, bare: str) -> tuple[int, int] | None:
    """Where a text names something; without marks too, unless the name is one short word (sử, địa, tin)."""
    for wanted, text in ((name, marked), (_bare(name), bare if " " in name or name == "toán" else "")):
        if found := re.search(rf"(?<![^\W\d_])(?<!học )(?<!quản ){re.escape(wanted)}(?![^\W\d_])", text):
            return found.span()
    return None


def spelled(text: str) -> str:
    """A text in one spelling of one length: lower case, í for ý, hoá for hóa."""
    folded = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return folded.translate(str.maketrans("ýỳỷỹỵ", "íìỉĩị")).replace("óa", "oá")


def _bare(text: str) -> str:
    """Without marks, letter for letter."""
    return "".join(unicodedata.normalize("NFD", c)[0] for c in text).replace("đ", "d")


def _grade_in(text: str, subject: tuple[int, int]) -> int | None:
    """The grade that is named as one, or stands beside the subject: Toán 8, 12 Anh."""
    start, end = subject
    found = _NAMED_GRADE.search(text) or (
        re.match(rf"[\s:–-]*{_GRADE}(?![\d./])", text[end:]) or re.search(rf"(?<![\d./]){_GRADE}\s*$", text[:start])
        if end
        else None
    )
    return int(found[1]) if found else None


def _class_name(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2].replace(' ', '').upper()}"


def grade_of(class_name: str) -> int | None:
    """The grade a class name begins with: 9 of 9A1, 12 of 12.6. None for a name that begins otherwise."""
    found = re.match(r"1[0-2]|[6-9](?!\d)", class_name)
    return int(found[0]) if found else None


def year_of(text: str) -> str:
    """A school year written in any common way, as "2026-2027". Raises `Fault`."""
    found = _YEAR.search(text)
    year = _year_of(found) if found else None
    if year is None:
        raise Fault("school_year")
    return year


def _year_of(found: re.Match[str]) -> str | None:
    """The school year of two years that follow each other; None for other pairs."""
    first, second = int(found[1]), int(found[1][:2] + found[3])
    return f"{first}-{second}" if second == first + 1 else None


def set_up(context: Context, subject: str, grade: int, year: str, classes: dict[str, str | None]) -> Course:
    """Say what a course stands for; `classes` maps names to the LMS group that is the class, if one is.

    Raises `Fault` for a primary grade, no subject, or no class.
    """
    if grade not in GRADES:
        raise Fault("grade_unsupported")
    subject = one_line(subject, 100)
    if not subject:
        raise Fault("subject_missing")
    names = {short: group for name, group in classes.items() if (short := one_line(name, 32))}
    if not names:
        raise Fault("class_missing")
    registration_id = db.session.scalars(
        select(Deployment.registration_id).where(Deployment.id == context.deployment_id)
    ).one()
    hold(Registration.id, registration_id)  # two presses, or two courses of one class, make neither twice
    course = db.session.get(Course, context.id) or Course(context_id=context.id, set_up_at=now())
    course.subject, course.grade, course.school_year = subject, grade, year
    db.session.add(course)
    kept = {_class(registration_id, name, grade, year).id: group for name, group in names.items()}
    _link(context.id, kept)
    return course


def set_meeting(course: Course, text: str) -> None:
    """Where pupils at home see and hear the lesson; nothing takes it away. Raises `Fault` for what is no address."""
    link = https_link(text)
    if text.strip() and link is None:
        raise Fault("meeting_link")
    course.meeting = link or ""


def meeting_of(context_id: int) -> tuple[str, str] | None:
    """The address of a course's meeting and its host, by which it is shown."""
    course = db.session.get(Course, context_id)
    return (course.meeting, host_of(course.meeting)) if course and course.meeting else None


def _class(registration_id: int, name: str, grade: int, year: str) -> SchoolClass:
    found = db.session.scalars(
        select(SchoolClass).where(
            SchoolClass.registration_id == registration_id, SchoolClass.school_year == year, SchoolClass.name == name
        )
    ).first()
    if found is None:
        found = SchoolClass(registration_id=registration_id, name=name, grade=grade_of(name) or grade, school_year=year)
        db.session.add(found)
        db.session.flush()
    return found


def _link(context_id: int, classes: dict[int, str | None]) -> None:
    """These classes and no others; pupils of a group belong to its class, all to the only one."""
    for link in db.session.scalars(select(CourseClass).where(CourseClass.context_id == context_id)):
        if link.class_id not in classes:
            db.session.delete(link)
    for class_id, group in classes.items():
        db.session.merge(CourseClass(context_id=context_id, class_id=class_id, group_id=group or None))
    db.session.flush()
    for member in db.session.scalars(select(Membership).where(Membership.context_id == context_id)):
        member.class_id = class_for(member.groups, classes)


def class_for(groups: str, classes: dict[int, str | None]) -> int | None:
    """The class a member of these LMS groups (comma list) belongs to; None when nothing says so."""
    if len(classes) == 1:
        return next(iter(classes))
    mine = {g.strip() for g in groups.split(",") if g.strip()}
    fitting = [class_id for class_id, group in classes.items() if group and group in mine]
    return fitting[0] if len(fitting) == 1 else None


MOST_GROUPS_TEXT = 500
"""Characters that a member's groups may take (`Membership.groups`)."""


def as_text(groups: Iterable[str]) -> str:
    """Group ids as a membership keeps them: a comma list, without those that no longer fit."""
    text = ""
    for group in groups:
        longer = f"{text},{group}" if text else group
        if "," not in group and len(longer) <= MOST_GROUPS_TEXT:
            text = longer
    return text


def class_of(context_id: int, groups: str) -> int | None:
    """The class of this course that a member of these LMS groups belongs to, as its teacher said it."""
    links = db.session.scalars(select(CourseClass).where(CourseClass.context_id == context_id))
    return class_for(groups, {link.class_id: link.group_id for link in links})


@dataclass(frozen=True)
class LmsGroup:
    """A group of the LMS's course: its id there, what it is called ("" where the LMS does not tell), how many people
    of it are known."""

    id: str
    name: str
    count: int


def groups_of(context: Context) -> list[LmsGroup]:
    """The groups that this course has in the LMS: those it lists, and those that launches have named."""
    counts = {**dict.fromkeys(context.group_names, 0), **_counts(context.id)}
    groups = [LmsGroup(id_, context.group_names.get(id_, ""), count) for id_, count in counts.items()]
    return sorted(groups, key=lambda group: (group.name, group.id))


def _counts(context_id: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for groups in db.session.scalars(select(Membership.groups).where(Membership.context_id == context_id)):
        for group in filter(None, (g.strip() for g in groups.split(","))):
            counts[group] = counts.get(group, 0) + 1
    return counts


def school_of(context_id: int) -> int:
    """The school of a course: what is registered for its LMS."""
    return db.session.get_one(Context, context_id).deployment.registration_id


def are_one_subject(one: int, other: int) -> bool:
    """What a pupil did in either course counts in the other's profile: both are of one school and subject. Courses that
    nobody has set up have no subject in common."""
    scope = scope_of(one)
    return bool(scope.subject) and scope == scope_of(other)


def scope_of(context_id: int) -> Scope:
    """The model that a course's lessons belong to: its school's, of its subject."""
    course = db.session.get(Course, context_id)
    return Scope(school_of(context_id), course.subject if course else "")
