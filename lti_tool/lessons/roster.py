"""Who belongs to a course, today and in its history."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute, contains_eager

from live_session.clocks import STEPS
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import Context, CourseClass, LessonRun, MemberRole, Membership, Person, ResourceLink, Source
from lti_tool.names import FullName, full_name, short_names, sort_key
from lti_tool.translations import t

MOST_PASTED = 500
LONGEST_NAME = 120


@dataclass(frozen=True)
class Pupil:
    """A pupil of a list. `number` is the place in it (STT), from 1; `code` the school's own id, "" for none."""

    person_id: int
    uid: str
    name: str
    given: str
    number: int
    class_id: int | None
    source: Source
    is_active: bool
    extra_time: int = 0
    code: str = ""


def pupils(context_id: int, class_id: int | None = None, *, with_former: bool = False) -> list[Pupil]:
    """The pupils of a course (of one class of it), in list order: by their own numbers where they have them, else by
    name the Vietnamese way. A nameless launch is "Học sinh" and the end of its id. Who has left stands
    after the others, so that nobody's number depends on them."""
    query = (
        select(Membership)
        .join(Membership.person)
        .options(contains_eager(Membership.person))
        .where(Membership.context_id == context_id, Membership.role == MemberRole.PUPIL)
    )
    if class_id is not None:
        query = query.where((Membership.class_id == class_id) | Membership.class_id.is_(None))
    if not with_former:
        query = query.where(Membership.is_active)
    rows = sorted(db.session.scalars(query), key=_order)
    return [
        Pupil(
            m.person_id,
            m.person.uid,
            m.person.name or nameless(m.person.uid),
            m.person.given_name,
            number,
            m.class_id,
            m.source,
            m.is_active,
            m.extra_time,
            m.person.code,
        )
        for number, m in enumerate(rows, 1)
    ]


def has(context_id: int, person_id: int, *, today: bool = False) -> bool:
    """Somebody is known to a course; as a pupil on its list of today, where that is asked."""
    query = select(Membership.id).where(Membership.context_id == context_id, Membership.person_id == person_id)
    if today:
        query = query.where(Membership.is_active, Membership.role == MemberRole.PUPIL)
    return db.session.scalars(query).first() is not None


def kept(listed: Iterable[Pupil], known: Collection[int]) -> list[Pupil]:
    """A list for a sheet: who belongs to the course today, and after them who left and of whom something is `known`
    there (person ids). A list that somebody was on by mistake is no history."""
    shown = [one for one in listed if one.is_active or one.person_id in known]
    return [replace(one, number=n) for n, one in enumerate(shown, 1)]


def is_of(column: InstrumentedAttribute[Any], only: int | None) -> ColumnElement[bool]:
    """Of a table's rows those of one pupil; of everybody where none is named."""
    return true() if only is None else column == only


def called(them: Sequence[Pupil]) -> dict[str, str]:
    """What each of these is called among them, by opaque id: as much of the name as tells them apart, and the number
    too of those who share all of it."""
    short = short_names(FullName(p.name, p.given) for p in them)
    return {p.uid: f"{one} ({p.number})" if short.count(one) > 1 else one for p, one in zip(them, short, strict=True)}


def nameless(uid: str) -> str:
    """What somebody without a name is called."""
    return str(t("pupil.nameless", id=uid[-4:]))


def pupils_of(run: LessonRun) -> list[Pupil]:
    """The list of a lesson: its class, without those whom the LMS does not let into the activity it was started from.
    Pasted names are no matter of the LMS's."""
    link = db.session.get(ResourceLink, run.resource_link_id) if run.resource_link_id else None
    listed = pupils(run.context_id, run.class_id)
    if link is None or link.audience is None:
        return listed
    inside = set(link.audience)
    kept = [p for p in listed if p.person_id in inside or p.source is Source.PASTED]
    return [replace(p, number=n) for n, p in enumerate(kept, 1)]


def everybody(run: LessonRun) -> list[Pupil]:
    """The list of a lesson, and after it all others of the course who may have taken part: who left, who belongs to
    another class of it."""
    context_id, listed = run.context_id, pupils_of(run)
    known = {p.person_id for p in listed}
    others = [p for p in pupils(context_id, with_former=True) if p.person_id not in known]
    return [*listed, *(replace(p, number=n) for n, p in enumerate(others, len(listed) + 1))]


def lms_groups(run: LessonRun) -> list[tuple[str, list[str]]]:
    """The LMS's own groups of a lesson's pupils, by name, without those that stand for classes: (name, opaque ids). Who
    is in several is in the first."""
    names = db.session.get_one(Context, run.context_id).group_names or {}
    classes = set(db.session.scalars(select(CourseClass.group_id).where(CourseClass.context_id == run.context_id)))
    query = select(Membership).where(Membership.context_id == run.context_id, Membership.groups != "")
    listed = {p.person_id: p.uid for p in pupils_of(run)}
    found: dict[str, list[str]] = {}
    for member in db.session.scalars(query.order_by(Membership.person_id)):
        own = [id_ for id_ in sorted(member.groups.split(",")) if id_ and id_ not in classes]
        if own and member.person_id in listed:
            found.setdefault(own[0], []).append(listed[member.person_id])
    return sorted((names.get(id_, id_), members) for id_, members in found.items())


def _order(member: Membership) -> tuple[object, ...]:
    is_numbered = member.number is not None
    key = sort_key(member.person.name, member.person.given_name)
    return (not member.is_active, not is_numbered, member.number or 0, key, member.person.uid)


def names_pasted(text: str) -> list[str]:
    """The names in a pasted list: one a line, or a spreadsheet's rows.

    A row's name is its first cell of several words, with the given name from the next column where the list keeps it
    there (vnEdu); numbers, dates, codes and formulas beside it are passed over, heading lines too. Raises `Fault` when
    no name is found, or too many.
    """
    lines = [row for line in text.splitlines() if (row := _worded(line))]
    rows = [row for row in lines if not _is_heading(row)]
    is_split = any(c.casefold() == GIVEN_HEADING for row in lines for c in row) or _has_given_column(rows)
    names = [_name_of(row, is_split) for row in rows]
    if not names:
        raise Fault("paste_no_names")
    if len(names) > MOST_PASTED:
        raise Fault("paste_too_many", most=MOST_PASTED)
    return names


GIVEN_HEADING = "tên"
HEADINGS = frozenset({"họ", GIVEN_HEADING, "stt", "số tt", "tt", "name", "ngày sinh", "giới tính"})
HEADING_BEGINS = ("họ và", "họ tên", "họ đệm", "full name", "first name", "last name")
TITLE_BEGINS = ("danh sách", "trường ", "lớp ", "học sinh")
"""What a line of one cell begins with that stands above a list."""
NOT_GIVEN = frozenset({"nam", "nữ", "male", "female", "kinh", "có", "không"})
"""What stands in a column after the names that is not the given name: sex, people, a yes."""
LONGEST_GIVEN = 8


def _worded(line: str) -> list[str]:
    """The cells of a line that may be part of a name: letters, no figures, no formula."""
    cells = [full_name(None, None, cell.strip(' "')).display for cell in re.split("[\t;,]", line)]
    cells = [cell.lstrip("0123456789.)- ") for cell in cells if not cell.startswith(("=", "+")) and "@" not in cell]
    return [c for c in cells if sum(x.isalpha() for x in c) >= 2 and not any(x.isdigit() for x in c)]


def _is_heading(row: list[str]) -> bool:
    said = [c.casefold() for c in row]
    is_title = len(said) == 1 and said[0].startswith(TITLE_BEGINS)
    return is_title or any(c in HEADINGS or c.startswith(HEADING_BEGINS) for c in said)


def _has_given_column(rows: list[list[str]]) -> bool:
    """Whether the second column looks like given names. A row alone is taken for a whole name where it can be one."""
    pairs = [row for row in rows if len(row) > 1]
    seconds = [row[1].casefold() for row in pairs]
    if not pairs or any(" " in second or len(second) > LONGEST_GIVEN for second in seconds):
        return False
    is_whole = len(pairs) > 1 or pairs[0][0].count(" ") > 1
    return not (is_whole and 2 * sum(second in NOT_GIVEN for second in seconds) > len(seconds))


def _name_of(row: list[str], is_split: bool) -> str:
    if is_split and len(row) > 1:
        return f"{row[0]} {row[1]}"[:LONGEST_NAME]
    return next((c for c in row if " " in c), max(row, key=len))[:LONGEST_NAME]


def paste(context_id: int, names: Iterable[str]) -> int:
    """Add pasted names to a course whose LMS gives no list; how many were not there. A name that occurs twice in the
    list is two pupils; pasting the same list again adds nobody. Who was left out before comes back as who they were."""
    db.session.get(Context, context_id, with_for_update=True)  # two presses add nobody twice
    known: dict[str, int] = {}
    for pupil in pupils(context_id):
        known[pupil.name] = known.get(pupil.name, 0) + 1
    left_out = _left_out(context_id)
    added = 0
    for name in names:
        if known.get(name, 0) > 0:
            known[name] -= 1
            continue
        if left_out.get(name):
            left_out[name].pop(0).is_active = True
        else:
            _add(context_id, name)
        added += 1
    return added


def _left_out(context_id: int) -> dict[str, list[Membership]]:
    """Pasted pupils who are off today's list, by name."""
    query = (
        select(Membership)
        .where(Membership.context_id == context_id, Membership.source == Source.PASTED, ~Membership.is_active)
        .order_by(Membership.id)
    )
    found: dict[str, list[Membership]] = {}
    for member in db.session.scalars(query):
        found.setdefault(member.person.name, []).append(member)
    return found


def _add(context_id: int, name: str) -> None:
    called = full_name(None, None, name)
    person = Person(name=called.display, given_name=called.given, created_at=now())
    db.session.add(person)
    db.session.flush()
    db.session.add(
        Membership(
            context_id=context_id, person_id=person.id, role=MemberRole.PUPIL, source=Source.PASTED, is_active=True
        )
    )


def leave_out(context_id: int, person_id: int) -> None:
    """Take a pasted pupil off today's list; history stays. LMS members come and go with their LMS."""
    member = db.session.scalars(
        select(Membership).where(
            Membership.context_id == context_id,
            Membership.person_id == person_id,
            Membership.source == Source.PASTED,
        )
    ).first()
    if member is None:
        raise Fault("member_not_pasted")
    member.is_active = False


def give_time(context_id: int, chosen: Mapping[int, int]) -> int:
    """More time for these pupils, in percent, by person id; in a lesson that is under way too. How many changed.
    Raises `Fault` for another number of percent."""
    if not set(chosen.values()) <= set(STEPS):
        raise Fault("extra_time")
    members = db.session.scalars(
        select(Membership).where(
            Membership.context_id == context_id,
            Membership.role == MemberRole.PUPIL,
            Membership.person_id.in_(chosen),
        )
    )
    changed = [m for m in members if m.extra_time != chosen[m.person_id]]
    for member in changed:
        member.extra_time = chosen[member.person_id]
    return len(changed)


def is_read(context: Context) -> bool:
    """The LMS has given a list at least once."""
    return context.roster_read_at > 0


def is_wanted(context: Context) -> bool:
    """A job is about to ask the LMS for the list."""
    return bool(context.memberships_url) and context.roster_wanted_at > max(
        context.roster_read_at, context.roster_tried_at
    )
