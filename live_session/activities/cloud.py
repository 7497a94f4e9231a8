"""A word cloud: words that a class thinks of, counted together where they are the same word."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache
from hashlib import sha256

from msgspec.structs import replace

from live_session.activities.base import Bar, Content, Family, KeylessType, blank_or_long, text_of
from live_session.activities.spelling import MARKS, bare, composed, decomposed, loose, spelt, with_one_i, written
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

MOST_WORDS, MOST_SHOWN = 5, 30
COMMON = (
    "buồi|cặc|chịch|địt|đéo|đụ|lồn|nứng|clgt|cmnl|cmnr|dcm|đcm|dkm|đkm|dmm|đm|đmm|djt|loz|vcl|vkl|vlz|đù má|đù mẹ|"
    "dit me|asshole|bitch|bullshit|cunt|fuck|fucked|fucker|fucking|motherfucker|nigga|nigger|shit|slut|whore|wtf"
)
"""Words that no class wants on its wall, as they are written: *buổi* typed without marks is none of them. What means
something else in some lesson (*dm*, *cc*, *Cl*, *đĩ*, *điếm*, *cá đù*) is left to the teacher's own list."""
_EDGES = " \t.,;:!?…\"'“”‘’()[]-–—"


_HYPHEN = re.compile(r"(?<=[^\W\d_])[-_](?=[^\W_])")
_LETTERS = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"[ivxlcdm]+")
_DRAWN_OUT = re.compile(rf"(?P<letter>[^\W\d_])(?P<marks>[{MARKS}]*)(?:(?P=letter)[{MARKS}]*){{2,}}")


def fold(text: str) -> str:
    """The form in which two words are the same word: as texts are, and neither marks at the edges (a #tag's is one) nor
    hyphens matter, nor how long a letter is drawn out: *vuiii* is *vui*."""
    drawn_in = _LETTERS.sub(lambda m: m[0] if _ROMAN.fullmatch(m[0]) else _drawn_in(m[0]), written(text))
    return spelt(_HYPHEN.sub(" ", drawn_in).strip(_EDGES).lstrip(_EDGES + "#"))


def _drawn_in(word: str) -> str:
    """A letter that stands three times or more, once, with the marks that stand on any of them."""
    return composed(
        _DRAWN_OUT.sub(lambda m: m["letter"] + max(re.findall(rf"[{MARKS}]*", m[0]), key=len), decomposed(word))
    )


def homes(forms: Iterable[str]) -> Mapping[str, str]:
    """Each form and the one it is counted under. A form typed without spaces joins the one that it can stand for
    ("hoàbình", as a #tag has it, joins "hoà bình"), then one without marks the marked one ("ha noi" joins "hà nội");
    where several could be meant, it stays alone."""
    every = set(forms)
    spaced, marked = defaultdict(set), defaultdict(set)
    for form in every:
        if " " in form:
            spaced[form.replace(" ", "")].add(form)
    found = {form: _only(spaced[form], form) if form in spaced else form for form in every}
    for form in found.values():
        if form != bare(form):
            marked[_letters(form)].add(form)
    return {form: home if home != bare(home) else _only(marked[_letters(home)], home) for form, home in found.items()}


def _letters(form: str) -> str:
    return loose(form).replace(" ", "")


def _only(several: Set[str], otherwise: str) -> str:
    return next(iter(several)) if len(several) == 1 else otherwise


class Words(Content, frozen=True, omit_defaults=True, kw_only=True):
    """Up to `words` words a pupil. What holds one of the `blocked` words is stored and never shown; so is what holds a
    `COMMON` one, where that is wished, and so is what a teacher took off the screens while it was asked: `hidden`, by
    the marks of the words."""

    words: int = 3
    blocked: tuple[str, ...] = ()
    common: bool = True
    hidden: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(str(n) for n in range(1, self.words + 1))


class Cloud(KeylessType[Words]):
    """The answer maps "1", "2" … to words."""

    kind = "cloud"
    family = Family.OPINION
    place = 40
    Content = Words
    is_private = True
    is_live = True
    carried = ("blocked", "common")
    LIMIT = 40

    def problems(self, content: Words) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 1 <= content.words <= MOST_WORDS:
            yield Problem("words", "words")
        yield from blank_or_long("blocked", content.blocked)

    def check(self, content: Words, value: Json) -> Json:
        if not isinstance(value, dict) or not value or not set(value) <= set(content.fields):
            raise InvalidValue("not a set of words")
        return {name: text_of(value[name], self.LIMIT) for name in content.fields if name in value}

    def mark_of(self, word: str) -> str:
        return sha256(fold(word).encode()).hexdigest()[:16]

    def with_hidden(self, content: Words, mark: str, is_hidden: bool) -> Words:
        others = tuple(one for one in content.hidden if one != mark)
        return replace(content, hidden=(*others, mark) if is_hidden else others)

    def tally(self, content: Words, values: Iterable[Json]) -> tuple[Bar, ...]:
        """The most frequent words in the order of their letters, so that a word keeps its place while it grows."""
        return self._counted(content, values, are_hidden=False)

    def taken_off(self, content: Words, values: Iterable[Json]) -> tuple[Bar, ...]:
        return self._counted(content, values, are_hidden=True) if content.hidden else ()

    def _counted(self, content: Words, values: Iterable[Json], *, are_hidden: bool) -> tuple[Bar, ...]:
        told = Counter((fold(text), text) for value in values for text in (value or {}).values())
        home = homes({form for form, _ in told if not _is_blocked(content, form)})
        counts: Counter[str] = Counter()
        spelt: dict[str, Counter[str]] = defaultdict(Counter)
        for (form, text), n in ((one, n) for one, n in told.items() if one[0] in home):
            hidden = self._hidden_as(content, form, home[form])
            if (hidden is not None) is are_hidden:
                word = hidden or home[form]
                counts[word] += n
                spelt[word][text] += n * 2 if form == word else 0
        kept = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_SHOWN]
        return tuple(Bar(word, n, _best(spelt[word]) or word) for word, n in sorted(kept))

    def _hidden_as(self, content: Words, *forms: str) -> str | None:
        """The form by which a word was taken off; None where it was not."""
        return next((form for form in forms if self.mark_of(form) in content.hidden), None) if content.hidden else None


def _is_blocked(content: Words, form: str) -> bool:
    """A word not to be shown stands in it, whole. The teacher's own without marks are known by their letters."""
    own = [word for word in map(fold, content.blocked) if word]
    is_own = _holds(map(with_one_i, own), with_one_i(form)) or (
        form == bare(form) and _holds(map(loose, own), loose(form))
    )
    return is_own or (content.common and bool(_any_of(COMMON).search(form)))


def _holds(words: Iterable[str], form: str) -> bool:
    either = "|".join(map(re.escape, words))
    return bool(either and _any_of(either).search(form))


@cache
def _any_of(either: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")


def _best(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda text: (-spellings[text], text), default="")
