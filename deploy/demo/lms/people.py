"""The invented school. Every name here is made up; no row stands for a living person.

People and courses are constants of the demo: the database keeps only what happens to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SCHOOL = "Trường THCS Thực hành Sen Hồng"
MAIL_DOMAIN = "senhong.example"

Kind = Literal["teacher", "head", "admin", "pupil"]


@dataclass(frozen=True)
class Person:
    """One account of the LMS. `slug` stands in page addresses, `sub` in tokens; neither says anything about the person.

    `family_name` holds family and middle names, `given_name` the name one is called by. `number` is the place in the
    class register (0 for staff); `group` is the id of the pupil's group, empty for staff.
    """

    slug: str
    kind: Kind
    family_name: str
    given_name: str
    honorific: str = ""
    number: int = 0
    group: str = ""

    @property
    def sub(self) -> str:
        """The stable, opaque id that tools receive."""
        return hashlib.sha256(f"giotay-demo-lms:{self.slug}".encode()).hexdigest()[:20]

    @property
    def name(self) -> str:
        """The name in Vietnamese order, as this site shows it and sends it at a launch."""
        return f"{self.family_name} {self.given_name}"

    @property
    def called(self) -> str:
        """The name with its form of address: "cô Nguyễn Thu Hà"; a pupil's has none."""
        return f"{self.honorific} {self.name}".strip()

    @property
    def email(self) -> str:
        return f"{self.slug}@{MAIL_DOMAIN}"

    @property
    def sourced_id(self) -> str:
        return f"SH-{self.slug}"


@dataclass(frozen=True)
class Group:
    id: str
    name: str


@dataclass(frozen=True)
class Course:
    """One course; `pupils` are in the order of the class register."""

    id: str
    label: str
    title: str
    groups: tuple[Group, ...]
    pupils: tuple[Person, ...]

    @property
    def members(self) -> tuple[Person, ...]:
        """Who is enrolled: the teachers, then the pupils. Heads of department and administrators are not enrolled."""
        return (*TEACHERS, *self.pupils)


TEACHER = Person("co-ha", "teacher", "Nguyễn Thu", "Hà", "cô")
COLLEAGUE = Person("thay-thanh", "teacher", "Đỗ Quang", "Thành", "thầy")
"""Teaches both courses with her."""
TEACHERS = (TEACHER, COLLEAGUE)
HEAD = Person("thay-duc", "head", "Lê Minh", "Đức", "thầy")
ADMIN = Person("admin", "admin", "Quản trị", "LMS")

# Register order: by given name, then family name. (family and middle names, given name)
_NAMES_9A1 = (
    ("Đặng Thái", "An"),
    ("Trần Hoài", "An"),
    ("Lê Gia", "Bảo"),
    ("Phạm Quốc", "Bảo"),
    ("Nguyễn Bảo", "Châu"),
    ("Vũ Minh", "Châu"),
    ("Hoàng Mai", "Chi"),
    ("Đinh Tiến", "Dũng"),
    ("Nguyễn Đức", "Duy"),
    ("Mạc Thị Hồng", "Duyên"),
    ("Phạm Thuỳ", "Dương"),
    ("Ngô Hải", "Đăng"),
    ("Vũ Trí", "Đức"),
    ("Trần Hương", "Giang"),
    ("Nguyễn Ngọc", "Hà"),
    ("Đỗ Gia", "Hân"),
    ("Lương Quang", "Huy"),
    ("Đỗ Minh", "Khôi"),
    ("Lâm Trung", "Kiên"),
    ("Phan Tuấn", "Kiệt"),
    ("Mai Tùng", "Lâm"),
    ("Trần Khánh", "Linh"),
    ("Võ Diệu", "Linh"),
    ("Trịnh Đức", "Long"),
    ("Nguyễn Xuân", "Mai"),
    ("Bùi Nhật", "Minh"),
    ("Nguyễn Quang", "Minh"),
    ("Lý Hà", "My"),
    ("Trương Hoài", "Nam"),
    ("Phạm Kim", "Ngân"),
    ("Nguyễn Hoàng Bảo", "Ngọc"),
    ("Hồ Thảo", "Nhi"),
    ("Tô", "Phúc"),
    ("Dương Minh", "Quân"),
    ("Vũ Anh", "Thư"),
    ("Lê Thuỷ", "Tiên"),
    ("Nông Hà", "Trang"),
    ("Phùng Anh", "Tuấn"),
    ("Bùi Quốc", "Việt"),
    ("Đoàn Hải", "Yến"),
)
_NAMES_9A2 = (
    ("Nguyễn Hà", "Anh"),
    ("Trần Đình", "Bách"),
    ("Lê Quỳnh", "Chi"),
    ("Phạm Tiến", "Đạt"),
    ("Hà Thu", "Hiền"),
    ("Đào Duy", "Hưng"),
    ("Chu Mai", "Lan"),
    ("Tạ Phương", "Nga"),
    ("Nguyễn Khôi", "Nguyên"),
    ("Lò Văn", "Sơn"),
    ("Hoàng Yến", "Trinh"),
    ("Thái Minh", "Tú"),
)


def _pupils(class_name: str, names: tuple[tuple[str, str], ...], groups: tuple[Group, ...]) -> tuple[Person, ...]:
    """The class register; neighbours sit in different groups, so that each group is half of the class."""
    return tuple(
        Person(
            slug=f"{class_name}-{number:02d}",
            kind="pupil",
            family_name=family_name,
            given_name=given_name,
            number=number,
            group=groups[(number - 1) % len(groups)].id,
        )
        for number, (family_name, given_name) in enumerate(names, start=1)
    )


_GROUPS_9A1 = (Group("11", "Tổ 1"), Group("12", "Tổ 2"))
_GROUPS_9A2 = (Group("21", "Tổ 1"), Group("22", "Tổ 2"))

COURSE_9A1 = Course("901", "TOAN9A1", "Toán 9A1", _GROUPS_9A1, _pupils("9a1", _NAMES_9A1, _GROUPS_9A1))
COURSE_9A2 = Course("902", "TOAN9A2", "Toán 9A2", _GROUPS_9A2, _pupils("9a2", _NAMES_9A2, _GROUPS_9A2))
COURSES = (COURSE_9A1, COURSE_9A2)
STAFF = (*TEACHERS, HEAD, ADMIN)


def everyone() -> Iterator[Person]:
    yield from STAFF
    for course in COURSES:
        yield from course.pupils


_BY_SLUG = {person.slug: person for person in everyone()}
_BY_SUB = {person.sub: person for person in everyone()}
_COURSE_BY_ID = {course.id: course for course in COURSES}


def find_person(slug: str) -> Person | None:
    return _BY_SLUG.get(slug)


def find_subject(sub: str) -> Person | None:
    return _BY_SUB.get(sub)


def find_course(course_id: str) -> Course | None:
    return _COURSE_BY_ID.get(course_id)


def group_name(course: Course, person: Person) -> str:
    """The name of the person's group in the course; empty for who is in none."""
    return next((group.name for group in course.groups if group.id == person.group), "")


def is_pupil_of(person: Person, course: Course) -> bool:
    return person in course.pupils


def is_teacher_of(person: Person, course: Course) -> bool:
    """True for who teaches the course: sees the gradebook and adds activities."""
    return person in TEACHERS and course in COURSES


def may_open(person: Person, course: Course) -> bool:
    """True for who may open the course at all; heads and administrators look in without being enrolled."""
    return person.kind in ("head", "admin") or person in course.members
