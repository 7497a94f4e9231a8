"""Ways of writing one Vietnamese word: what two texts may differ in and still be the same text."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from live_session.activities.base import looks_of

TONES = "\u0300\u0301\u0303\u0309\u0323"
MARKS = "\u0300-\u036f"
_PLAIN_SIGNS = str.maketrans(
    {**dict.fromkeys("‘’ʼ´`′", "'"), **dict.fromkeys("“”„«»″", '"'), **dict.fromkeys("‐‑‒–—−", "-"), "…": "..."}
)
"""A phone makes don’t of don't by itself, and Word a dash of a hyphen."""
_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_ALONE = (
    "a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iu oa oe oi ôi ơi ua uê ui uơ uy ưa ưi ưu "
    "iêu oai oao oay oeo uây uôi uya uyu ươi ươu yêu"
)
_BEFORE_CODA = "a ă â e ê i o ô ơ u ư y iê oa oă oe oo ôô uâ uê uô uơ uy ươ yê uyê"


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _either(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


_SYLLABLE = re.compile(
    rf"(?:(?P<onset>{_either(_ONSETS)})?(?:(?P<alone>{_either(_ALONE)})|"
    rf"(?P<vowels>{_either(_BEFORE_CODA)})(?P<coda>ch|nh|ng|[cmnpt])))"
)
"""A syllable without its tone. *gi* and *qu* begin one; the whole of it must fit."""
_WORD = re.compile(rf"(?<![\w{MARKS}])[^\W\d_]+(?![\w{MARKS}])")
_WHOLE_VOWEL = re.compile(r"(?P<onset>[hklmst]|qu)[iy](?P<tone>[" + TONES + r"]?)")
"""*lí* and *lý*, *quí* and *quý* are one word; *tai* and *tay*, *thúi* and *thuý* are not: there the vowel goes on."""
_QUI = re.compile(rf"(?<![\w{MARKS}])qui(?![\w{MARKS}])")
"""*quy* and *qui* are one word in any text; *my*, *hi*, *Li* and *Si* by themselves may be English or an element."""


def written(text: str) -> str:
    """Case, spaces, signs that nobody sees, the shape of quotes and dashes do not matter."""
    plain = decomposed(looks_of(text).casefold()).casefold()
    return looks_of(composed(plain).translate(_PLAIN_SIGNS))


def alike(text: str) -> str:
    """The form in which two texts are the same: what `written` says, and neither where a tone stands within its
    syllable (*hòa*, *hoà*) nor whether a word ends in i or y where that is spelling alone (*vật lí*, *vật lý*). The
    tones themselves do matter: *ma*, *má* and *mà* are three words."""
    return spelt(written(text))


def spelt(text: str) -> str:
    """A `written` text with each word in one spelling of its own."""
    placed = _WORD.sub(lambda m: _with_tone_in_place(m[0]), text)
    if _is_vietnamese(placed):
        return with_one_i(placed)
    return _QUI.sub("quy", placed)


def bare(text: str) -> str:
    """Lower case without Vietnamese marks. đ is a letter of its own, which NFD leaves whole."""
    plain = "".join(c for c in decomposed(text.casefold()) if not unicodedata.combining(c))
    return plain.replace("đ", "d")


def loose(text: str) -> str:
    """What is left of a text that may have been typed without marks: *my* may stand for *Mĩ*, and *ky* for *kì*."""
    return bare(with_one_i(alike(text)))


def with_one_i(text: str) -> str:
    """A text with each word that may end in i or y in one of the two spellings, whatever language it is in."""
    return _WORD.sub(lambda m: _with_one_i(m[0]), text)


def is_marked(text: str) -> bool:
    """One of its words is a syllable with Vietnamese marks: it is no English, and no formula."""
    return any(bare(word) != word and _SYLLABLE.fullmatch(_toneless(word)) for word in _WORD.findall(written(text)))


def compared(text: str, accepted: Iterable[str], *, accents: bool) -> str:
    """The form in which an answer is compared with those that are accepted. A mark at the end does not matter: a phone
    sets a full stop for two spaces. Without accents a word may be meant that is accepted with marks, in either spelling
    (*my thuat*, *mi thuat*: *mĩ thuật*); what is accepted without any is compared as it stands (*my*, *Li*)."""
    form = _ended(alike(text))
    if accents:
        return form
    return _meant(tuple(accepted)).get(_ended(loose(text)), bare(form))


@lru_cache(maxsize=256)
def _meant(accepted: tuple[str, ...]) -> Mapping[str, str]:
    return {_ended(loose(one)): bare(_ended(alike(one))) for one in accepted if is_marked(one)}


def _ended(form: str) -> str:
    """Without marks at the end, unless there is nothing else: a question may ask which mark is missing."""
    return form.rstrip(" .,;") or form


def _with_tone_in_place(word: str) -> str:
    """The tone on the vowel that today's school spelling gives it, where the word is one Vietnamese syllable."""
    signs = decomposed(word)
    tones = [n for n, sign in enumerate(signs) if sign in TONES]
    if len(tones) != 1:
        return word
    tone, toneless = signs[tones[0]], _toneless(word)
    found = _SYLLABLE.fullmatch(toneless)
    if found is None or not _is_on_vowel(signs, tones[0]):
        return word
    group = "alone" if found["alone"] else "vowels"
    end = found.start(group) + _bearer(found[group], has_coda=group == "vowels") + 1
    return composed(toneless[:end] + tone + toneless[end:])


def _toneless(word: str) -> str:
    signs = decomposed(word)
    return composed("".join(sign for sign in signs if sign not in TONES))


def _is_on_vowel(signs: str, tone: int) -> bool:
    """Not the tilde of ñ or the acute of ń."""
    letters = [sign for sign in signs[:tone] if not unicodedata.combining(sign)]
    return bool(letters) and letters[-1] in "aeiouy"


def _bearer(vowels: str, *, has_coda: bool) -> int:
    """Which of the vowels bears the tone: the last that has a mark of its own; before a final consonant the last;
    the second of oa, oe, uy and of three; else the first."""
    marked = [n for n, vowel in enumerate(vowels) if vowel in "ăâêôơư"]
    if marked:
        return marked[-1]
    if has_coda:
        return len(vowels) - 1
    return 1 if len(vowels) == 3 or vowels in {"oa", "oe", "uy"} else 0


def _with_one_i(word: str) -> str:
    found = _WHOLE_VOWEL.fullmatch(decomposed(word))
    if found is None:
        return word
    return composed(found["onset"] + ("y" if found["onset"] == "qu" else "i") + found["tone"])


def _is_vietnamese(text: str) -> bool:
    """Marks say so; without any, several words that all are syllables do (*hi sinh*), but not beside *my* and *mi*."""
    if is_marked(text):
        return True
    words = _WORD.findall(bare(text))
    return len(words) > 1 and all(_SYLLABLE.fullmatch(word) for word in words) and not {"my", "mi"} & set(words)
