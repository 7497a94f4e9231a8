"""The head fitted again from a school's own first answers: a job, for schools that want it.

All evidence is replayed in the order of positions through the model that the consumer runs, and the newest answers
teach the head, which is drawn to the one of simulated pupils. The same evidence gives the same bits. A refit is one
more version, which speaks of lessons read after it; it changes no estimate of an earlier lesson, and no mark: marks
are never made of the model's values.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from analytics.mastery import ledger, store
from analytics.mastery.head import LEAST_ANSWERS, Head, Versioned, refit, replay
from analytics.mastery.model import Answer, begin, learn
from analytics.mastery.prior import BURN_IN, STRENGTH, simulated
from analytics.mastery.store import Scope
from live_session.model import Millis

MOST_ROWS = 100_000
"""Answers that teach a head, the newest; more would hold up other jobs and hardly move a weight."""
LEAST_NEW = 300
"""Answers since the last version below which another one would say nothing new."""


def is_due(connection: Connection, scope: Scope) -> bool:
    """Enough answers for a head, and enough that the newest one has not seen."""
    answers, heads = store.answers_of(connection, scope), store.heads(connection, scope)
    return answers >= max(LEAST_ANSWERS, (heads[-1].answers if heads else 0) + LEAST_NEW)


def refit_model(connection: Connection, scope: Scope, now: Millis) -> Versioned:
    """Fit and keep the next version. Raises ValueError without evidence."""
    position, known, answers = 0, 0, list[Answer]()
    for at, _, given in ledger.lessons_of(connection, scope):
        position, known = at, known + len(given)
        answers += [one for one in given if one.weight == 1]  # what a team said foretells nobody's own answer
    heads = store.heads(connection, scope)
    version = heads[-1].version + 1 if heads else 1
    made = Versioned(version, position, known, now, fitted(answers))
    store.add_head(connection, scope, made)
    return made


def fitted(answers: Iterable[Answer], most: int = MOST_ROWS) -> Head:
    """The head of these answers, in this order. Pure."""
    given = list(answers)
    model, known = begin(counts_tries=False), max(int(len(given) * BURN_IN), len(given) - most)
    for answer in given[:known]:
        learn(model, answer)
    return refit(replay(model, given[known:]), simulated(), STRENGTH)
