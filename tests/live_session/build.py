"""Small builders: a deck of every kind, a run in memory, a clock, people.

`Book` is a run without a database: it drives the very statements of `store.log.append` and keeps what they write.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

import msgspec

from live_session import commands, protocol
from live_session.activities import post_terms_of, text_of_content, type_of
from live_session.commands import SERVER, Actor, Command, Sit, Start
from live_session.errors import Close, Refusal
from live_session.events import Logged
from live_session.model import Activity, Json, Millis, Mode, Outcome, Policy, Proof, Role, Standing, State
from live_session.projection import Step
from live_session.reducer import EMPTY
from live_session.store import log, prepared, tables
from live_session.store.log import Asked, Result

NOW: Millis = 1_764_550_800_000
LESSON_MS = 45 * 60_000
RUN = "run-1"
EPOCH = "epoch-1"


class Clock:
    """The server's clock, moved by hand."""

    def __init__(self, now: Millis = NOW) -> None:
        self.now = now

    def __call__(self) -> Millis:
        return self.now

    def pass_(self, ms: Millis) -> Millis:
        self.now += ms
        return self.now


# --- activities -----------------------------------------------------------------------------------------------------


class Sample(NamedTuple):
    """One well-formed activity of a kind. `secrets` are texts that only its key or explanation holds."""

    content: Mapping[str, Json]
    other_key: Mapping[str, Json]
    right: Json
    values: Sequence[Json]
    secrets: Sequence[str] = ()
    key: Json = None
    """What `with_key` takes; None where a kind takes none afterwards."""
    marks: Callable[[Json], int] | None = None
    """How many marks an answer leaves in a distribution, where that is not one for each of its parts."""


OPTIONS = [{"text": text, "why": f"WHY-{text}"} for text in ("mot", "hai", "ba", "bon")]
WHYS = [option["why"] for option in OPTIONS]
PARTS = ("bao", "cao", "dao", "gao")

SAMPLES: Mapping[str, Sample] = {
    "single": Sample(
        {"options": OPTIONS, "key": ["C"]}, {"key": ["B"]}, "C", ["A", "B", "C", "D"], secrets=WHYS, key="A"
    ),
    "multiple": Sample(
        {"options": OPTIONS, "key": ["A", "C"]},
        {"key": ["B", "D"]},
        ["A", "C"],
        [["A"], ["A", "C"], ["B", "D"], ["A", "B", "C", "D"]],
        secrets=WHYS,
        key=["A", "B"],
    ),
    "true_false": Sample({"key": True}, {"key": False}, "true", ["true", "false"], key="false"),
    "cluster": Sample(
        {"statements": [{"text": text, "key": bool(n % 2)} for n, text in enumerate(PARTS)]},
        {"statements": [{"text": text, "key": not n % 2} for n, text in enumerate(PARTS)]},
        {"a": "false", "b": "true", "c": "false", "d": "true"},
        [{"a": "true"}, {"a": "false", "d": "true"}, {"a": "false", "b": "true", "c": "false", "d": "true"}],
    ),
    "short": Sample(
        {"accepted": ["SECRET-HaNoi", "SECRET-ThangLong"]},
        {"accepted": ["SECRET-Hue"]},
        "secret-hanoi",
        ["Da Nang", "Sa Pa", "secret-hanoi", "  secret-THANGLONG "],
        secrets=["SECRET-HaNoi", "SECRET-ThangLong", "secret-hanoi", "secret-thanglong"],
        key="Vinh",
    ),
    "number": Sample(
        {"answer": "31415,9265", "tolerance": "0.5"},
        {"answer": "27182,8182"},
        "31415,9",
        ["1", "-2,5", "31415.5", "1000"],
        secrets=["31415.9265", "31415,9265"],
        key="12",
    ),
    "fill": Sample(
        {"text": "Thu do la [[SECRET-Cau|SECRET-CN]], song la [[SECRET-Lo]]."},
        {"text": "Thu do la [[SECRET-Hue]], song la [[SECRET-Huong]]."},
        {"1": "secret-cn", "2": "SECRET-Lo"},
        [{"1": "Hue"}, {"1": "Vinh", "2": "song Ma"}, {"2": "SECRET-lo"}],
        secrets=["SECRET-Cau", "SECRET-CN", "SECRET-Lo", "secret-cau"],
    ),
    "ordering": Sample(
        {"items": ["bat dau", "lam", "xem lai", "nop"]},
        {"items": ["nop", "bat dau", "lam", "xem lai"]},
        ["D", "B", "C", "A"],
        [["A", "B", "C", "D"], ["D", "C", "B", "A"], ["B", "A", "C", "D"]],
    ),
    "matching": Sample(
        {
            "pairs": [{"left": x, "right": y} for x, y in zip("uvw", ("sau", "bay", "tam"), strict=True)],
            "others": ["chin"],
        },
        {"pairs": [{"left": x, "right": y} for x, y in zip("uvw", ("tam", "sau", "bay"), strict=True)]},
        {"1": "D", "2": "C", "3": "A"},
        [{"1": "A"}, {"1": "B", "3": "D"}, {"1": "C", "2": "C", "3": "C"}],
    ),
    "categorise": Sample(
        {"groups": [{"name": "thu", "items": ["ga", "vit"]}, {"name": "cay", "items": ["lua"]}]},
        {"groups": [{"name": "thu", "items": ["lua"]}, {"name": "cay", "items": ["vit", "ga"]}]},
        {"1": "A", "2": "B", "3": "A"},
        [{"1": "A"}, {"1": "B", "2": "B"}, {"1": "A", "2": "A", "3": "A"}],
    ),
    "hotspot": Sample({"image": {"id": "picture-1"}, "key": ["B2", "C2"]}, {"key": ["F4"]}, "C2", ["A1", "B2", "F4"]),
    "poll": Sample({"choices": ["pho", "bun", "com"]}, {}, None, ["A", "B", "C", "C"]),
    "rating": Sample({"steps": 5, "low": "it", "high": "nhieu"}, {}, None, ["1", "5", "3"]),
    "ranking": Sample({"items": ["mot", "hai", "ba"]}, {}, None, [["A", "B", "C"], ["C", "A", "B"]]),
    "cloud": Sample({"words": 2}, {}, None, [{"1": "vui"}, {"1": "hay", "2": "Vui "}, {"2": "kho"}]),
    "exit": Sample(
        {},
        {},
        None,
        [{"level": "3"}, {"level": "1", "learned": "Viete"}, {"unclear": "Delta am?"}],
        marks=lambda value: int("level" in value),
    ),
    "board": Sample(
        {"columns": ["biet", "hoi"], "most": 10},
        {},
        None,
        [{"text": "mot", "column": "A"}, {"text": "hai", "column": "B", "link": "example.org/x"}],
    ),
    "group": Sample(
        {"own": "Em hieu gi?", "own_options": ["mot", "hai", "ba"], "own_key": "B"},
        {"own_key": "C"},
        "B",
        ["A", "B", "C"],
    ),
    "questions": Sample({"most": 10}, {}, None, [{"text": "Vì sao a?"}, {"text": "Con b?"}]),
    "slide": Sample({"image": {"id": "i"}, "text": "Mo bai"}, {}, None, ["clear", "unclear", "clear"]),
    "rubric": Sample(
        {"criteria": ["Lap luan", "Trinh bay"], "levels": ["Thap", "Cao"]}, {}, None, [{"a": "1"}, {"a": "2", "b": "1"}]
    ),
    "photo": Sample({"limit": 100}, {}, None, ["Em khong chup duoc", {"text": "", "photo": "0198c0de-0000-7000"}]),
    "drawing": Sample({"paper": "grid"}, {}, None, ["Mot tam giac", {"text": "do", "photo": "0198c0de-0000-7000"}]),
    "open": Sample({"limit": 200}, {}, None, ["Em nghi la dung", "Em chua hieu", "Vi sao a?"]),
}
"""A new kind adds its line here and is tested by the contract."""


def content_text(kind: str, **changes: Json) -> str:
    """The JSON text of the sample of a kind, with these members changed."""
    fields = {"prompt": f"Hoi {kind}?", "explanation": f"EXPLAINED-{kind}", **SAMPLES[kind].content, **changes}
    return text_of_content(type_of(kind).parse(msgspec.json.encode(fields)))


def activity(kind: str, id: str | None = None, seconds: int | None = None, **changes: Json) -> Activity:
    """A prepared activity. Its HTML holds what pupils may see, and nothing of the key."""
    name = id or f"q-{kind}"
    return Activity(
        id=name,
        kind=kind,
        content=content_text(kind, **changes),
        title=f"Title {name}",
        phone=f"<form data-q={name}>Hoi {kind}?</form>",
        screen=f"<main data-q={name}>Hoi {kind}?</main>",
        explanation=f"EXPLAINED-{kind}",
        seconds=seconds,
        item=f"item-{name}",
    )


def with_other_key(asked: Activity) -> Activity:
    """The same activity, but for its key."""
    content = {**msgspec.json.decode(asked.content), **SAMPLES[asked.kind].other_key}
    if "options" in content:
        content["options"] = [{**option, "why": "OTHER"} for option in content["options"]]
    return msgspec.structs.replace(asked, content=msgspec.json.encode(content).decode())


def every_kind(seconds: int | None = None) -> tuple[Activity, ...]:
    """A deck with one activity of every kind, in a fixed order."""
    return tuple(activity(kind, seconds=seconds) for kind in SAMPLES)


def quick_forms() -> tuple[Activity, ...]:
    """Answer forms for questions on the blackboard: no prompt, no key."""
    blanks: Mapping[str, Mapping[str, Json]] = {
        "single": {"options": [{}, {}, {}, {}], "key": []},
        "true_false": {"key": None},
        "number": {"answer": ""},
    }
    return tuple(
        msgspec.structs.replace(
            activity(kind, f"quick-{kind}", prompt="", explanation="", **blank), item=None, explanation=""
        )
        for kind, blank in blanks.items()
    )


def start(deck: Sequence[Activity] | None = None, at: Millis = NOW, **changes: Any) -> Start:
    """The command that starts a lesson of 45 minutes."""
    fields = {"quick": quick_forms(), "planned_end": at + LESSON_MS, **changes}
    return Start(title="Toan 9A1", deck=tuple(deck if deck is not None else every_kind()), **fields)


# --- people ---------------------------------------------------------------------------------------------------------

TEACHER = Actor(Role.TEACHER, "teacher-e71f")
OBSERVER = Actor(Role.OBSERVER, "observer-0b5e")


def pupil(who: str, claim: str | None = None, not_before: Millis = 0) -> Actor:
    """A pupil's browser."""
    return Actor(Role.PUPIL, who, claim or f"browser-of-{who}", not_before)


def sit(who: str, claim: str | None = None, standing: Standing = Standing.PICKED, mode: Mode = Mode.ROOM) -> Sit:
    return Sit(who, claim or f"browser-of-{who}", standing, mode, Proof.CODE if mode is Mode.ROOM else Proof.DECLARED)


class FakePeer:
    """A connection that only remembers. `stuck` bytes were handed over and not yet taken by the network."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.hung: list[Close] = []
        self.stuck = 0

    def send(self, frame: bytes) -> None:
        self.texts.append(frame)

    def backlog(self) -> int:
        return self.stuck

    def hang(self, code: Close) -> None:
        self.hung.append(code)

    @property
    def is_open(self) -> bool:
        return not self.hung

    @property
    def frames(self) -> list[dict[str, Json]]:
        return [msgspec.json.decode(text) for text in self.texts]

    def take(self) -> list[dict[str, Json]]:
        """The frames that came since the last look."""
        frames, self.texts = self.frames, []
        return frames


def blackboard(number: int = 1, at: Millis = NOW) -> str:
    """The id of a question that was asked ad hoc at this moment, as the `number`th."""
    return f"ask-{number}-{at:x}"


# --- a run in memory ------------------------------------------------------------------------------------------------


class Book:
    """A run without a database. `rows` and `texts` are what would stand in the tables `event` and `content`."""

    def __init__(self, now: Millis = NOW) -> None:
        self.clock = Clock(now)
        self.state: State = EMPTY
        self.log: list[Logged] = []
        self.rows: list[Mapping[str, Any]] = []
        self.texts: list[Mapping[str, Any]] = []
        self.ids = count(1)

    def ask(self, command: Command, actor: Actor = TEACHER, id: str | None = None, at: Millis | None = None) -> Result:
        """Put one command to the run, now."""
        asked = Asked(RUN, id or f"id-{next(self.ids)}", command, actor, self.clock() if at is None else at)
        appended = self._drive(log.append({RUN: self.state}, [asked]))
        self.state = appended.states[RUN]
        self.log.extend(logged for _, logged in appended.written)
        return appended.results[0]

    def _drive(self, steps: log.Steps[log.Appended]) -> log.Appended:
        kept = {prepared.EVENTS: (tables.event, self.rows), prepared.TEXTS: (tables.content, self.texts)}
        sent: Sequence[Any] = [(RUN, self.state.seq)]
        next(steps)
        try:
            while True:
                statement, parameters = steps.send(sent)
                if isinstance(statement, prepared.Prepared) and statement in kept:
                    table, rows = kept[statement]
                    names = [c.name for c in table.c if c.name != "data"]
                    rows.extend(dict(zip(names, row, strict=True)) for row in parameters or ())
                sent = ()
        except StopIteration as done:
            appended: log.Appended = done.value
            return appended

    def do(self, *commands: Command, actor: Actor = TEACHER) -> "Book":
        """Put commands that must all be accepted."""
        for command in commands:
            result = self.ask(command, actor)
            assert not isinstance(result, Refusal), (command, result)
        return self

    def seat(self, *who: str, standing: Standing = Standing.LAUNCHED, mode: Mode = Mode.ROOM) -> "Book":
        """Give these pupils a seat, each in a browser of their own."""
        return self.do(*(sit(w, standing=standing, mode=mode) for w in who), actor=SERVER)

    def answer(
        self,
        who: str,
        activity: str,
        value: Json,
        *,
        round: int = 1,
        composed_at: Millis | None = None,
        claim: str | None = None,
        id: str | None = None,
        not_before: Millis = 0,
        shown_at: Millis | None = None,
    ) -> Result:
        """A pupil answers, now unless `composed_at` says otherwise."""
        composed = self.clock() if composed_at is None else composed_at
        asked = self.state.activity(activity)
        post = f"post-of-{who}" if asked and is_wall(asked) else ""
        command = commands.Submit(activity, round, value, composed, shown_at, post)
        return self.ask(command, pupil(who, claim, not_before), id)


def is_wall(asked: Activity) -> bool:
    """Pupils may post there several times: each answer names its post."""
    terms = post_terms_of(asked)
    return terms is not None and not terms.by_group


def started(
    deck: Sequence[Activity] | None = None, policy: Policy | None = None, at: Millis = NOW, **changes: Any
) -> Book:
    """A lesson that has begun, still in its lobby."""
    return Book(at).do(start(deck, at, policy=policy or Policy(), **changes))


def code(result: Result) -> str | None:
    """The refusal's code; None for a command that was accepted."""
    return result.code.value if isinstance(result, Refusal) else None


def came_to(result: Result) -> Outcome:
    """What an accepted command came to."""
    assert not isinstance(result, Refusal), result
    return result[1]


def walk(value: Json, see: Callable[[str, Json], None], name: str = "") -> None:
    """Show every member of a decoded JSON value to `see(name, value)`."""
    see(name, value)
    children: Iterable[tuple[str, Json]] = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = ((name, child) for child in value)
    for child_name, child in children:
        walk(child, see, child_name)


def members(value: Json) -> set[str]:
    """The names of all members in a decoded JSON value."""
    names: set[str] = set()
    walk(value, lambda name, _: names.add(name))
    return names


def command_of(step: Step) -> Command:
    """The command that a screen's key sends, through the very frame."""
    frame = msgspec.json.encode({"t": "steer", "id": "press", **msgspec.to_builtins(step)})
    decoded = protocol.decode(frame)
    assert isinstance(decoded, protocol.SteerFrame)
    return protocol.steering(decoded, frame)
