"""How a simulated pupil answers: after how long, whether at all, and what."""

import math
from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from live_session.model import Json
from live_session.phones.form import Control, Form, read

SENTENCES = (
    "Em nghĩ là dùng định lí Pythagore.",
    "Em chưa hiểu bước cuối ạ.",
    "Vì hai tam giác đồng dạng nên tỉ số các cạnh bằng nhau.",
    "Em làm theo cách đặt ẩn phụ, kết quả bằng 5.",
)
WORDS = ("hình thoi", "tam giác cân", "số nguyên tố", "Hà Nội", "quang hợp")
NUMBERS = ("12", "3,5", "-2", "0,25", "7", "100")
TEXTS: Mapping[str, tuple[str, ...]] = MappingProxyType({"open": SENTENCES, "short": WORDS, "number": NUMBERS})


class Uniform(msgspec.Struct, frozen=True):
    """Answer times spread evenly from `low` to `high` seconds."""

    low: float
    high: float

    def draw(self, dice: Random) -> float:
        return dice.uniform(self.low, self.high)


class LogNormal(msgspec.Struct, frozen=True):
    """Answer times as people have them: a median in seconds, a long tail cut off at `most` seconds."""

    median: float
    sigma: float = 0.6
    most: float = math.inf

    def draw(self, dice: Random) -> float:
        while (seconds := dice.lognormvariate(math.log(self.median), self.sigma)) > self.most:
            continue
        return seconds


Times: TypeAlias = Uniform | LogNormal


class Tap(msgspec.Struct, frozen=True):
    """One answer to give, `after` seconds with the question on the screen."""

    after: float
    value: Json


class Answerer(msgspec.Struct, frozen=True):
    """A pupil's ways. `share` of the questions are answered, and `change` of those are answered twice. `texts`: what
    is written, by kind of activity."""

    times: Times = LogNormal(8.0)
    share: float = 0.95
    change: float = 0.1
    texts: Mapping[str, tuple[str, ...]] = TEXTS

    def plan(self, asked: Mapping[str, Any], dice: Random) -> tuple[Tap, ...]:
        """What this pupil will do with the activity that the phone shows (`html` and `kind` of the view)."""
        form = read(asked.get("html", ""))
        if not form.controls or dice.random() >= self.share:
            return ()
        after, taps = 0.0, []
        for _ in range(2 if dice.random() < self.change else 1):
            seconds = self.times.draw(dice)
            values = self._fill(form, asked.get("kind", ""), dice)
            taps += [Tap(after + seconds * n / len(values), value) for n, value in enumerate(values, 1)]
            after += seconds
        return tuple(taps)

    def _fill(self, form: Form, kind: str, dice: Random) -> list[Json]:
        """The answers one filling-in sends: one, or, where the form is an object, a fuller one after each field."""
        if form.is_order:
            return [dice.sample([c.name for c in form.controls], len(form.controls))]
        values = [(c.name, self._choose(c, kind, dice)) for c in form.controls]
        if form.is_whole:
            return [dict(values)]
        if not form.is_object:
            return [values[0][1]]
        return [dict(values[:count]) for count in range(1, len(values) + 1)]

    def _choose(self, control: Control, kind: str, dice: Random) -> Json:
        if control.shape == "one":
            return dice.choice(control.options)
        if control.shape == "many":
            return dice.sample(control.options, dice.randint(1, len(control.options)))
        texts = self.texts.get("number" if control.is_number else kind, SENTENCES)
        return dice.choice(texts)[: control.limit]
