"""Who belongs to a course, today and in its history."""

from dataclasses import dataclass

from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import Context, MemberRole, Membership, Person, Source
from lti_tool.names import full_name, sort_key
from lti_tool.translations import t

MOST_PASTED = 500
LONGEST_NAME = 120


@dataclass(frozen=True)
class Pupil:
    """A pupil of a list. `number` is the place in it (STT), from 1."""

    person_id: int
    uid: str
    name: str
    given: str
    number: int
    class_id: int | None
    source: Source
    is_active: bool


def pupils(context_id: int, class_id: int | None = None, *, with_former: bool = False) -> list[Pupil]:
    """The pupils of a course (of one class of it), in list order: by their own numbers where they have them, else by
    name the Vietnamese way. A nameless launch is "Học sinh" and the end of its id."""
    query = (
        select(Membership).join(Person).where(Membership.context_id == context_id, Membership.role == MemberRole.PUPIL)
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
            m.person.name or str(t("pupil.nameless", id=m.person.uid[-4:])),
            m.person.given_name,
            number,
            m.class_id,
            m.source,
            m.is_active,
        )
        for number, m in enumerate(rows, 1)
    ]


def _order(member: Membership) -> tuple[object, ...]:
    is_numbered = member.number is not None
    key = sort_key(member.person.name, member.person.given_name)
    return (not is_numbered, member.number or 0, key, member.person.uid)


def names_pasted(text: str) -> list[str]:
    """The names in a pasted list: one a line, or a spreadsheet's rows.

    A row's name is its longest cell of letters; numbers, dates and codes beside it are passed over, a heading line too.
    Raises `Fault` when no name is found, or too many.
    """
    names = [name for line in text.splitlines() if (name := _name_in(line))]
    if not names:
        raise Fault("paste_no_names")
    if len(names) > MOST_PASTED:
        raise Fault("paste_too_many", most=MOST_PASTED)
    return names


HEADINGS = frozenset({"họ và tên", "họ tên", "họ", "tên", "stt", "số tt", "name", "full name", "học sinh"})


def _name_in(line: str) -> str:
    cells = [
        full_name(None, None, cell).display.lstrip("0123456789.)- ") for cell in line.replace(";", "\t").split("\t")
    ]
    worded = [c for c in cells if sum(x.isalpha() for x in c) >= 2 and not any(x.isdigit() for x in c)]
    if not worded or any(c.casefold() in HEADINGS for c in worded):
        return ""
    if len(worded) > 1 and " " in worded[0] and " " not in worded[1] and len(worded[1]) <= 8:
        return f"{worded[0]} {worded[1]}"[:LONGEST_NAME]  # family and given name in two columns, as vnEdu writes them
    return max(worded, key=len)[:LONGEST_NAME]


def paste(context_id: int, text: str) -> tuple[int, int]:
    """Add the pasted names to a course whose LMS gives no list; (added, already there). A name that occurs twice in the
    list is two pupils; pasting the same list again adds nobody."""
    known: dict[str, int] = {}
    for pupil in pupils(context_id):
        known[pupil.name] = known.get(pupil.name, 0) + 1
    added = 0
    for name in (names := names_pasted(text)):
        if known.get(name, 0) > 0:
            known[name] -= 1
            continue
        _add(context_id, name)
        added += 1
    return added, len(names) - added


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


def is_read(context: Context) -> bool:
    """The LMS has given a list at least once."""
    return context.roster_read_at > 0


def is_wanted(context: Context) -> bool:
    """A job is about to ask the LMS for the list."""
    return bool(context.memberships_url) and context.roster_wanted_at > max(
        context.roster_read_at, context.roster_tried_at
    )
