"""Which answers of a run teach the model, and how much. Pure.

Only what a pupil knew: the answer in time in the first round of a question, from a seat that was vouched for (facts
hold no other). A second round follows talk, a late answer may follow the key (a question whose key was shown is never
opened again), an erased one says nothing: none counts. The same question in a later lesson is a new occasion. What the
teacher or a rule set aside (copied from the next phone, say) is named by the caller and teaches nothing. A team's
answer moves its members half as far.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from analytics.facts import Attempt, RunFacts
from analytics.mastery.model import Answer
from live_session import activities
from live_session.model import Activity, Millis

TEAM_WEIGHT = 0.5


def name_of(run_id: str, activity: str, item: str | None, version: int) -> str:
    """The name of an item in the model: one for each version; a question made up in the lesson is its own."""
    return f"{item}@{version}" if item is not None else f"{run_id}/{activity}"


def item_of(run_id: str, activity: Activity) -> str:
    """The name of an activity's item."""
    return name_of(run_id, activity.id, activity.item, activity.version)


class Counted(msgspec.Struct, frozen=True, gc=False):
    """An answer that counts, and where it stands: the activity of the run, and when it was given."""

    activity: str
    at: Millis
    answer: Answer


def counted(
    run_id: str,
    facts: RunFacts,
    pupil_of: Mapping[str, str],
    set_aside: Collection[tuple[str, str]] = (),
    teams: Collection[str] = (),
) -> Sequence[Counted]:
    """The answers that count, in the order in which they were given.

    `pupil_of` names the pupil (an id that is the same in every run) of each participant; one without stays out.
    `set_aside` are pairs of participant and activity; `teams` activities that teams answered as a whole; what several
    answered at one phone says so itself.
    """
    deck = {activity.id: activity for activity in facts.deck}
    able = [
        a
        for a in facts.attempts
        if a.round == 1 and not a.is_late and a.participant in pupil_of and (a.participant, a.activity) not in set_aside
    ]
    found = []
    for attempt in sorted(able, key=lambda a: (a.at, a.participant, a.activity)):
        activity = deck[attempt.activity]
        share = _share(activity, attempt)
        if share is not None:
            answer = Answer(
                pupil=pupil_of[attempt.participant],
                item=item_of(run_id, activity),
                objectives=() if activity.objective is None else (activity.objective,),
                share=share,
                weight=TEAM_WEIGHT if attempt.is_team or activity.id in teams else 1.0,
            )
            found.append(Counted(activity.id, attempt.at, answer))
    return found


def _share(activity: Activity, attempt: Attempt) -> float | None:
    share = activities.share_of(activity, attempt.value)
    return None if share is None else float(share)
