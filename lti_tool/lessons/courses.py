"""What an LMS course stands for: guessed from its title, said by the teacher in one form."""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from lti_tool.clock import now, school_year
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import Context, Course, CourseClass, Deployment, Membership, SchoolClass

SUBJECTS = (
    "Toán", "Ngữ văn", "Ngoại ngữ 1", "Khoa học tự nhiên", "Lịch sử và Địa lí", "Giáo dục công dân", "Tin học",
    "Công nghệ", "Giáo dục thể chất", "Nghệ thuật", "Hoạt động trải nghiệm, hướng nghiệp",
    "Nội dung giáo dục địa phương", "Vật lí", "Hoá học", "Sinh học", "Lịch sử", "Địa lí",
    "Giáo dục kinh tế và pháp luật", "Giáo dục quốc phòng và an ninh",
)  # fmt: skip
"""Subjects of grades 6 to 12 (Programme of 2018)."""

GRADES = range(6, 13)
_CLASS = re.compile(r"(?<![0-9A-Za-z])(1[0-2]|[6-9])\s?([A-Za-zĐđ]{1,3}\s?\d{0,2}|[./]\d{1,2})(?![0-9A-Za-z])")
_YEAR = re.compile(r"(20\d\d)\s*[-–/]\s*(20)?(\d\d)")


@dataclass(frozen=True)
class Guess:
    """What the set-up form begins with."""

    classes: tuple[str, ...]
    subject: str
    grade: int
    school_year: str


def guess(title: str, label: str, today: date) -> Guess:
    """Read a course's title and label: "Toán 9A1 (2026-2027)" is Toán, class 9A1, grade 9."""
    text = f"{title} {label}"
    classes = tuple(dict.fromkeys(_class_name(m) for m in _CLASS.finditer(text)))
    subject = next((s for s in sorted(SUBJECTS, key=len, reverse=True) if s.casefold() in text.casefold()), "")
    grade = grade_of(classes[0]) if classes else None
    if grade is None:
        named = re.search(r"(?:khối|lớp|grade)\s*(1[0-2]|[6-9])\b", text, re.IGNORECASE)
        grade = int(named[1]) if named else 9
    year = _YEAR.search(text)
    return Guess(classes, subject, grade, year_of(year.group()) if year else school_year(today))


def _class_name(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2].replace(' ', '').upper()}"


def grade_of(class_name: str) -> int | None:
    """The grade a class name begins with: 9 of 9A1, 12 of 12.6. None for a name that begins otherwise."""
    found = re.match(r"1[0-2]|[6-9](?!\d)", class_name)
    return int(found[0]) if found else None


def year_of(text: str) -> str:
    """A school year written in any common way, as "2026-2027". Raises `Fault`."""
    found = _YEAR.search(text)
    if not found:
        raise Fault("school_year")
    first, second = int(found[1]), int(found[1][:2] + found[3])
    if second != first + 1:
        raise Fault("school_year")
    return f"{first}-{second}"


def set_up(context: Context, subject: str, grade: int, year: str, classes: dict[str, str | None]) -> Course:
    """Say what a course stands for; `classes` maps names to the LMS group that is the class, if one is.

    Raises `Fault` for a primary grade, no subject, or no class.
    """
    if grade not in GRADES:
        raise Fault("grade_unsupported")
    if not subject.strip():
        raise Fault("subject_missing")
    names = {" ".join(name.split())[:32]: group for name, group in classes.items() if name.strip()}
    if not names:
        raise Fault("class_missing")
    course = db.session.get(Course, context.id) or Course(context_id=context.id, set_up_at=now())
    course.subject, course.grade, course.school_year = subject.strip()[:100], grade, year
    db.session.add(course)
    registration_id = db.session.scalars(
        select(Deployment.registration_id).where(Deployment.id == context.deployment_id)
    ).one()
    kept = {_class(registration_id, name, grade, year).id: group for name, group in names.items()}
    _link(context.id, kept)
    return course


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


def groups_of(context_id: int) -> dict[str, int]:
    """The LMS groups that launches of this course have named, and how many members each has."""
    counts: dict[str, int] = {}
    for groups in db.session.scalars(select(Membership.groups).where(Membership.context_id == context_id)):
        for group in filter(None, (g.strip() for g in groups.split(","))):
            counts[group] = counts.get(group, 0) + 1
    return dict(sorted(counts.items()))
