"""A pupil's sheet for the family, the link that opens it, what the family says, and consent by purpose.

A sheet is of one pupil and compares with nobody. A family's words stand beside the school's, and nothing counts them.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, update

from analytics.mastery import store
from analytics.mastery.estimates import Estimate
from analytics.mastery.levels import Direction, Level
from analytics.regulations.port import NotComputable, Regulation
from live_session.model import Millis
from lti_tool import formats
from lti_tool.clock import DAY_MS, now
from lti_tool.config import CONSENT
from lti_tool.errors import Fault
from lti_tool.extensions import db, hold
from lti_tool.lessons import comments, exports, marks, years
from lti_tool.lessons.conduct import Kept
from lti_tool.lessons.courses import scope_of
from lti_tool.lessons.markacts import Act
from lti_tool.lessons.marks import Rulebook
from lti_tool.lessons.marksheet import shown
from lti_tool.lessons.roster import Pupil, is_of
from lti_tool.lessons.workbooks import Seat
from lti_tool.lessons.years import SubjectYear
from lti_tool.models import Consent, FamilyLink, FamilyOpening, FamilyWord, Person, Place, SchoolClass
from lti_tool.secret import fingerprint, random_secret
from lti_tool.site import site
from lti_tool.text import one_line
from lti_tool.translations import t

DAYS = (7, 30, 90)
"""How long a link may live."""
LONGEST_TEXT = 600
MOST_WORDS_A_DAY = 5
MOST_CONSENTS_A_DAY = 10
ATTITUDES = ("willing", "reminded", "reluctant")
DILIGENCES = ("daily", "often", "seldom")

LINK, WORDS, PUBLICATION = PURPOSES = ("family_link", "family_words", "publication")
"""What consent is asked for, each for itself: the sheet by a link, keeping the family's words, showing the pupil's work
or picture outside the class."""
VOICES = ("parent", "pupil")
NEEDS_BOTH = (PUBLICATION,)
"""Purposes for which the pupil has to agree too (Law 91/2025, Điều 24)."""


# --- the sheet ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """One subject of a sheet: both terms and the year, the marks that stand (place, as the forms print them) and the
    comments by term, confirmed attendance by letter, objectives by their level, those with clear growth. `seats_there`:
    of the lessons that are counted so, how many were taught in a class from which the pupil moved, by its name."""

    name: str
    results: SubjectYear
    comments: Mapping[int, str]
    seats: Mapping[str, int]
    marks: Mapping[int, Sequence[tuple[Place, str]]] = field(default_factory=dict)
    learnt: Mapping[Level, Sequence[str]] = field(default_factory=dict)
    grown: Sequence[str] = ()
    seats_there: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """All that one sheet says."""

    class_: SchoolClass
    pupil: Pupil
    regulation: Regulation
    subjects: Sequence[Subject]
    conduct: Mapping[int, Kept]
    conduct_year: str | NotComputable
    absent: int | None
    words: Sequence[FamilyWord] = field(default=())

    @property
    def conduct_said(self) -> Sequence[tuple[str, str]]:
        """What the homeroom teacher has entered of conduct and absences, label and word; nothing for what is not."""
        terms = {n: str(t("year.term", n=formats.term(n))) for n in sorted(self.conduct) if n in marks.TERMS}
        said = [(term, str(t(f"marks.level.{level}"))) for n, term in terms.items() if (level := self.conduct[n].level)]
        if isinstance(self.conduct_year, str):
            said.append((str(t("year.year")), str(t(f"marks.level.{self.conduct_year}"))))
        if (summer := self.conduct.get(marks.SUMMER)) and summer.level:
            said.append((str(t("year.after_summer")), str(t(f"marks.level.{summer.level}"))))
        away = str(t("year.absent"))
        if self.absent is not None:
            return [*said, (away, str(self.absent))]
        known = {term: self.conduct[n].absent for n, term in terms.items()}
        return said + [(f"{away} {term}", str(days)) for term, days in known.items() if days is not None]

    @property
    def has_results(self) -> bool:
        """A term or the year can be computed in at least one subject."""
        results = (one.results for one in self.subjects)
        return any(not isinstance(one, NotComputable) for each in results for one in (*each.terms, each.year))


def sheets(class_: SchoolClass, subject: str | None = None, only: int | None = None) -> list[Sheet]:
    """The sheets of a class (of one subject of it; of one pupil alone), in the order of names."""
    year = years.of_class(class_, subject, only)
    if year.regulation is None:
        return []
    uids = [row.pupil.uid for row in year.rows]
    known = [(one, _Known.of(one, uids, only)) for one in year.subjects]
    words = _words(class_, only)
    return [
        Sheet(
            class_,
            row.pupil,
            year.regulation,
            [
                known_of.subject(one.course.subject, row.subjects[one.course.context_id].settled, row.pupil)
                for one, known_of in known
                if one.course.context_id in row.subjects
            ],
            row.conduct,
            row.conduct_year,
            row.absent,
            words.get(row.pupil.person_id, ()),
        )
        for row in year.rows
    ]


LEARNT = (Level.STRONG, Level.MET, Level.FORMING, Level.NOT_MET)
"""Levels that a sheet names, the best first; of what is not known well enough it says nothing."""


@dataclass(frozen=True)
class _Known:
    """What is known of a class in one subject beside its results: comments and marks by term and pupil, what was
    confirmed of attendance, what the student model holds."""

    comments: Mapping[int, Mapping[int, str]]
    marks: Mapping[int, Mapping[int, Sequence[tuple[Place, str]]]]
    seats: Mapping[int, Sequence[Seat]]
    estimates: Mapping[str, Mapping[str, Estimate]]

    @classmethod
    def of(cls, one: years.Subject, uids: Sequence[str], only: int | None) -> "_Known":
        acts = {term: marks.standing(one.course, term, only) for term in marks.TERMS}
        seats: dict[int, list[Seat]] = {}
        for seat in exports.seats(one.course, only):
            seats.setdefault(seat.person_id, []).append(seat)
        estimates: dict[str, dict[str, Estimate]] = {}
        found = store.estimates(db.session.connection(), scope_of(one.course.context_id), uids)
        for (uid, objective), estimate in found.items():
            estimates.setdefault(uid, {})[objective] = estimate
        return cls(
            {term: comments.to_read(one.course, term, only) for term in marks.TERMS},
            {term: {who: _given(one.rules, stand) for who, stand in of.items()} for term, of in acts.items()},
            seats,
            estimates,
        )

    def subject(self, name: str, results: SubjectYear, pupil: Pupil) -> Subject:
        """One pupil's part of it."""
        who, own = pupil.person_id, self.estimates.get(pupil.uid, {})
        seats = self.seats.get(who, ())
        return Subject(
            name,
            results,
            {term: said[who] for term, said in self.comments.items() if who in said},
            Counter(seat.letter for seat in seats),
            {term: given[who] for term, given in self.marks.items() if given.get(who)},
            {level: there for level in LEARNT if (there := [o for o, e in own.items() if e.level is level])},
            [objective for objective, estimate in own.items() if estimate.growth.direction is Direction.UP],
            Counter(seat.source.name for seat in seats if seat.source),
        )


def _given(rules: Rulebook, stand: Mapping[Place, Act]) -> Sequence[tuple[Place, str]]:
    return [(place, shown(rules, stand[place])) for place in rules.places if place in stand]


def sheet_of(class_: SchoolClass, uid: str, subject: str | None = None) -> Sheet:
    """One pupil's sheet; nothing is read of the class but its list. Raises `Fault`, the same for nobody and for
    somebody of another class."""
    who = db.session.scalar(select(Person.id).where(Person.uid == uid))
    found = sheets(class_, subject, who) if who is not None else []
    if not found:
        raise Fault("no_profile", 404)
    return found[0]


def _words(class_: SchoolClass, only: int | None) -> dict[int, list[FamilyWord]]:
    mine = (FamilyWord.class_id == class_.id, is_of(FamilyWord.person_id, only))
    query = select(FamilyWord).where(*mine).order_by(FamilyWord.id.desc())
    found: dict[int, list[FamilyWord]] = {}
    for word in db.session.scalars(query):
        found.setdefault(word.person_id, []).append(word)
    return found


def words_of(person_id: int) -> list[FamilyWord]:
    """What a pupil's family said, the newest first; in all classes, so not for a page."""
    query = select(FamilyWord).where(FamilyWord.person_id == person_id).order_by(FamilyWord.id.desc())
    return list(db.session.scalars(query))


def words_in(class_ids: Collection[int], person_id: int) -> list[FamilyWord]:
    """What a pupil's family said to the homeroom teacher of these classes, the newest first."""
    return [word for word in words_of(person_id) if word.class_id in class_ids]


# --- the link -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LinkState:
    """A pupil's newest link: until when it opens, how often it was opened and when last."""

    link: FamilyLink
    is_live: bool
    openings: int
    last_at: Millis | None


def link_state(class_: SchoolClass, person_id: int) -> LinkState | None:
    """Where the pupil's newest link stands; None where none was made."""
    query = select(FamilyLink).where(FamilyLink.class_id == class_.id, FamilyLink.person_id == person_id)
    link = db.session.scalars(query.order_by(FamilyLink.id.desc())).first()
    if link is None:
        return None
    seen = select(func.count(), func.max(FamilyOpening.at)).where(FamilyOpening.link_id == link.id)
    openings, last = db.session.execute(seen).one()
    return LinkState(link, _is_live(link), openings, last)


def _is_live(link: FamilyLink) -> bool:
    return link.revoked_at is None and link.expires_at > now()


def make_link(class_: SchoolClass, person_id: int, days: int, by: int) -> str:
    """A new link's secret, shown once; earlier links of this pupil end. Raises `Fault` where the school's legal basis
    is consent and the family has not given it."""
    if days not in DAYS:
        raise Fault("family_days")
    if not may(person_id, LINK):
        raise Fault("family_consent", 409)
    _one_at_a_time(person_id)
    revoke(class_, person_id)
    secret, at = random_secret(), now()
    link = FamilyLink(fingerprint=fingerprint(secret), class_id=class_.id, person_id=person_id, made_by=by, made_at=at)
    link.expires_at = at + days * DAY_MS
    db.session.add(link)
    db.session.flush()
    return secret


def _one_at_a_time(person_id: int) -> None:
    """Two presses, or a page that is loaded again while the first is on its way, come one after the other."""
    hold(Person.id, person_id)


def revoke(class_: SchoolClass, person_id: int) -> None:
    """End all links of this pupil at once."""
    live = (FamilyLink.class_id == class_.id, FamilyLink.person_id == person_id, FamilyLink.revoked_at.is_(None))
    db.session.execute(update(FamilyLink).where(*live).values(revoked_at=now()))


def redeem(secret: str) -> FamilyLink:
    """The link of this secret. Raises `Fault`, the same for one that is wrong, expired, revoked, or whose family took
    its consent back."""
    link = db.session.scalars(select(FamilyLink).where(FamilyLink.fingerprint == fingerprint(secret))).first()
    if link is None or not _is_live(link) or not may(link.person_id, LINK):
        raise Fault("family_gone", 404)
    return link


def note_opening(link: FamilyLink) -> None:
    """Write down that the link was opened."""
    db.session.add(FamilyOpening(link_id=link.id, at=now()))


def sheet_behind(link: FamilyLink) -> Sheet:
    """The sheet that a link opens. Raises `Fault` when the pupil is no longer in the class."""
    class_, person = db.session.get(SchoolClass, link.class_id), db.session.get(Person, link.person_id)
    if class_ is None or person is None:
        raise Fault("family_gone", 404)
    try:
        return sheet_of(class_, person.uid)
    except Fault as fault:
        raise Fault("family_gone", 404) from fault


def say(link: FamilyLink, attitude: str, diligence: str, text: str) -> None:
    """Keep a family's word; the last one said again is not another. Raises `Fault` for an empty one, for too many a
    day, without consent to keep it."""
    if not may(link.person_id, WORDS):
        raise Fault("family_consent", 409)
    chosen = (attitude if attitude in ATTITUDES else "", diligence if diligence in DILIGENCES else "")
    said = one_line(text, LONGEST_TEXT)
    if not said and chosen == ("", ""):
        raise Fault("family_empty")
    _one_at_a_time(link.person_id)
    today = [one for one in words_of(link.person_id) if one.at > now() - DAY_MS]
    if today and (today[0].text, today[0].attitude, today[0].diligence) == (said, *chosen):
        return
    if len(today) >= MOST_WORDS_A_DAY:
        raise Fault("family_many", 429, most=MOST_WORDS_A_DAY)
    word = FamilyWord(class_id=link.class_id, person_id=link.person_id, text=said, at=now())
    word.attitude, word.diligence = chosen
    db.session.add(word)


# --- consent --------------------------------------------------------------------------------------------------------


def may(person_id: int, purpose: str) -> bool:
    """Whether the school may do this: publication only with consent, the rest by the school's legal basis."""
    if purpose not in NEEDS_BOTH and site().settings.legal_basis != CONSENT:
        return True
    voices = VOICES if purpose in NEEDS_BOTH else VOICES[:1]
    newest = consents(person_id)
    return all((one := newest.get((purpose, voice))) is not None and one.is_given for voice in voices)


def consents(person_id: int) -> dict[tuple[str, str], Consent]:
    """The newest entry of each purpose and voice."""
    query = select(Consent).where(Consent.person_id == person_id).order_by(Consent.id)
    return {(one.purpose, one.voice): one for one in db.session.scalars(query)}


def consent(person_id: int, purpose: str, voice: str, *, is_given: bool, how: str, by: int | None) -> None:
    """Write a yes or its taking back into the ledger: for one purpose, by one voice. Raises `Fault`."""
    if purpose not in PURPOSES or voice not in VOICES or (voice == "pupil" and purpose not in NEEDS_BOTH):
        raise Fault("consent_unknown")
    entry = Consent(person_id=person_id, purpose=purpose, voice=voice, is_given=is_given, how=how, at=now())
    entry.recorded_by = by
    db.session.add(entry)
    db.session.flush()


def consent_by_link(link: FamilyLink, purpose: str, *, is_given: bool) -> None:
    """A parent's yes through the link, or its taking back; said again it changes nothing. Raises `Fault` for an unknown
    purpose and for too many a day: a yes alone, for taking back is always possible."""
    _one_at_a_time(link.person_id)
    stands = consents(link.person_id).get((purpose, "parent"))
    if stands and stands.is_given is is_given:
        return
    mine = (Consent.person_id == link.person_id, Consent.how == "link", Consent.at > now() - DAY_MS)
    if is_given and (db.session.scalar(select(func.count()).where(*mine)) or 0) >= MOST_CONSENTS_A_DAY:
        raise Fault("family_many", 429, most=MOST_CONSENTS_A_DAY)
    consent(link.person_id, purpose, "parent", is_given=is_given, how="link", by=None)
