"""Restored backups, as often as one likes and in the middle of anything: an answer is in the log, or it is on its phone
and will be offered; and when its question stands open again, it comes into the log, once.

The log is the real one, in memory; the phone is its real outbox, with a network that loses what it likes.
"""

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from live_session.commands import Ask, Open, Reask
from live_session.errors import KEEP, Code, Refusal
from live_session.events import Answered, Logged, QuestionAsked
from live_session.phones.outbox import Item, Outbox, uuid7
from live_session.projection import acked
from live_session.reducer import apply
from live_session.store.log import Result
from tests.live_session.build import Book, activity, blackboard, started

WHO = "an"
QUESTIONS = ("q-1", "q-2", "q-3")
KEPT_FOR = 12 * 3_600_000
"""Shorter than a phone keeps what was acknowledged."""


def lesson() -> Book:
    return started([activity("single", id=name) for name in QUESTIONS]).seat(WHO)


def twin(book: Book) -> Book:
    """A copy of a run as it stands."""
    made = Book(book.clock.now)
    made.state, made.log = book.state, list(book.log)
    made.ids = book.ids  # what is pressed after a restore is another press
    return made


class Restores(RuleBasedStateMachine):
    """One pupil, one teacher, and an administrator with backups."""

    def __init__(self) -> None:
        super().__init__()
        self.book = lesson()
        self.began = self.book.clock.now
        self.epoch = 1
        self.backups = [twin(self.book)]
        self.outbox = Outbox()
        self.composed: dict[str, Item] = {}
        self.seen = 0
        """The epoch that the phone was welcomed in last; 0 while it is away."""
        self.page: tuple[str, int] | None = None
        """The round that stands on the phone, also while it is away."""
        self.dice = Random(1)

    # --- the phone, as `phones.phone` and `phone.js` are --------------------------------------------------------

    def shown(self) -> tuple[str, int] | None:
        state = self.book.state
        round_ = state.round(state.current) if state.current else None
        return (state.current, round_.number) if state.current and round_ else None

    def offer(self, item: Item, is_heard: bool = True) -> None:
        """It arrives; the answer to it may not."""
        result = self.book.answer(WHO, item.activity, item.value, round=item.round, id=item.id)
        if is_heard:
            self.hear(item, result)

    def hear(self, item: Item, result: Result) -> None:
        if not isinstance(result, Refusal):
            self.outbox.save(item.id, str(self.seen))
        elif result.code in KEEP:
            assert self.shown() != (item.activity, item.round), "it is asked, and not taken"
            self.outbox.hold(item.id)
        else:
            self.outbox.park(item.id, result.code)

    def show(self) -> None:
        if self.seen:
            self.page = self.shown()
            for item in self.outbox.asked(*self.page) if self.page else ():
                self.offer(item)

    @rule(is_heard=st.booleans())
    def come(self, is_heard: bool) -> None:
        """The phone is welcomed, and offers what it has."""
        self.seen = self.epoch
        known = frozenset(acked(self.book.state, WHO))
        for item in self.outbox.welcome(str(self.epoch), known, self.book.clock.now):
            self.offer(item, is_heard)
        self.show()

    @rule()
    def lose_the_network(self) -> None:
        self.seen = 0

    @rule(value=st.sampled_from("AB"), is_sent=st.booleans(), is_heard=st.booleans())
    def tap(self, value: str, is_sent: bool, is_heard: bool) -> None:
        """The pupil answers what stands on the page."""
        if self.page:
            at = self.book.clock()
            item = Item(uuid7(at, self.dice), *self.page, value, at)
            self.outbox.put(item)
            self.composed[item.id] = item
            if is_sent and self.seen:
                self.offer(item, is_heard)

    # --- the school ---------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(QUESTIONS), again=st.booleans())
    def teach(self, name: str, again: bool) -> None:
        self.book.ask(Reask(name) if again else Open(name))
        self.show()

    @rule()
    def back_up(self) -> None:
        self.backups.append(twin(self.book))

    @rule(which=st.integers(0, 50))
    def restore(self, which: int) -> None:
        """The server was stopped for it: every phone is away."""
        clock = self.book.clock
        self.book = twin(self.backups[which % len(self.backups)])
        self.book.clock = clock
        self.epoch, self.seen = self.epoch + 1, 0

    # --- what must hold -----------------------------------------------------------------------------------------

    def logged(self) -> list[str]:
        return [e.command_id for e in self.book.log if isinstance(e.event, Answered)]

    @invariant()
    def nothing_is_set_aside(self) -> None:
        assert not self.outbox.parked

    @invariant()
    def an_answer_is_on_its_phone(self) -> None:
        """Within a day even an acknowledged one is still there, for the next restore."""
        assert set(self.composed) == self.outbox.waiting.keys() | self.outbox.saved.keys()

    @invariant()
    def what_was_promised_in_this_epoch_is_in_the_log_once(self) -> None:
        logged = self.logged()
        assert len(logged) == len(set(logged))
        promised = {name for name, (_, epoch) in self.outbox.saved.items() if epoch == str(self.epoch)}
        assert promised <= set(logged)

    def teardown(self) -> None:
        """The phone is back, and the teacher asks everything again that was ever asked: all answers are in the log."""
        assert self.book.clock.now - self.began < KEPT_FOR
        self.come(is_heard=True)
        for name in QUESTIONS:
            most = max((i.round for i in self.composed.values() if i.activity == name), default=0)
            self.teach(name, again=False)
            while self.book.state.rounds[name][-1].number < most:
                self.teach(name, again=True)
        assert not self.outbox.waiting
        assert sorted(self.logged()) == sorted(self.composed)


TestRestores = Restores.TestCase


def refusal_of(ask: Callable[[Book], Result]) -> Code | None:
    result = ask(lesson())
    return result.code if isinstance(result, Refusal) else None


def test_what_a_log_says_of_answers_to_questions_that_it_does_not_know() -> None:
    assert refusal_of(lambda book: book.answer(WHO, "q-1", "A")) is Code.NOT_OPEN
    assert refusal_of(lambda book: book.answer(WHO, "ask-1", "A")) is Code.UNKNOWN_ACTIVITY
    assert {Code.NOT_OPEN, Code.UNKNOWN_ACTIVITY} == KEEP


def test_a_question_on_the_blackboard_is_not_taken_for_one_that_a_backup_forgot() -> None:
    book = started([activity("single", id="q-1")]).seat(WHO)
    backup = twin(book)
    book.do(Ask("quick-single"))
    forgotten = book.state.current or ""
    backup.clock.pass_(1)
    backup.do(Ask("quick-true_false"))
    refused = backup.answer(WHO, forgotten, "A")
    assert isinstance(refused, Refusal)
    assert refused.code in KEEP, "the phone keeps it, and says so"
    assert not backup.state.responses


def test_a_log_from_when_questions_on_the_blackboard_had_plain_numbers_goes_on() -> None:
    book = started([activity("single", id="q-1")]).seat(WHO)
    old = QuestionAsked(replace(book.state.quick["quick-single"], id="ask-1"))
    book.state = apply(book.state, Logged(book.state.seq + 1, "old", book.clock.now, "teacher", old))
    assert not isinstance(book.answer(WHO, "ask-1", "A"), Refusal)
    book.do(Ask("quick-single"))
    assert [a.id for a in book.state.deck] == ["ask-1", blackboard(2), "q-1"]
