"""What Hypothesis draws from: JSON of any shape, and answers that are nearly right."""

from hypothesis import strategies as st

from live_session.model import Json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)

ANY_JSON: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=5), children, max_size=4),
    max_leaves=8,
)

WORDS = st.sampled_from(
    ["A", "B", "C", "D", "E", "H", "I", "a", "d", "true", "false", "True", "1", "0,5", "-0", "", " "]
)
"""Words that mean something to one kind or another."""

NEAR = (
    WORDS
    | st.lists(WORDS | SCALARS, max_size=9)
    | st.dictionaries(WORDS, WORDS | SCALARS, max_size=5)
    | st.from_regex(r"\s?[+−-]?[0-9]{0,17}[.,]?[0-9]{0,13}\s?", fullmatch=True)
    | st.text(alphabet="aAeEđĐâấ\u0301\u0302\u200b\u00a0\u2028\r\n\t\x00 ", max_size=12)
)
"""Values of the shapes that answers have."""

HOSTILE = [
    "A" * 100_000,
    ["A"] * 10_000,
    {"a": "true", "__proto__": "true"},
    {"a": ["true"]},
    {"a": {"b": {"c": "true"}}},
    ["A", ["B"]],
    ["A", None],
    ["A", "A"],
    [[[[[["A"]]]]]],
    10**400,
    -1,
    float("inf"),
    float("nan"),
    True,
    None,
    "",
    "\x00",
    "A\x00",
    "<script>alert(1)</script>" * 400,
    "9" * 400,
    "1e999",
    "NaN",
    "Infinity",
    "0x10",
    "1_000",
]
"""What no phone of ours sends, and somebody's script will."""
