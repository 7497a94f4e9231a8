"""Questions on what was prepared and what was asked: objectives, and the bank of questions. No pupil and no teacher."""

from ibis import _

from analytics.school.columns import Facts, Table
from analytics.school.figures import beside, count, share, sums

COURSES = ["school", "year", "subject", "grade"]
OBJECTIVE = [*COURSES, "objective"]


def coverage(facts: Facts) -> Table:
    """By objective of a subject, grade and school year ("" are questions that name none): questions prepared, those in
    the bank of colleagues, those asked and those practised at home, those to look at; lessons that asked it, how often,
    and the classes that met it of all that have the subject."""
    prepared = facts.questions.group_by(OBJECTIVE).aggregate(
        **sums("questions", "shared", "flagged"), asked=count(_.asked > 0), practised=count(_.practised > 0)
    )
    met = facts.asked.group_by(OBJECTIVE).aggregate(
        lessons=_.lessons.sum().cast("int64"), askings=_.questions.sum().cast("int64"), classes=count()
    )
    having = facts.classes.group_by(COURSES).aggregate(of_classes=count())
    rows = beside(prepared, met, OBJECTIVE, ["lessons", "askings", "classes"])
    rows = beside(rows, having, COURSES, ["of_classes"])
    counts = ("questions", "shared", "asked", "practised", "flagged", "lessons", "askings", "classes", "of_classes")
    return rows.select(*OBJECTIVE, *counts).order_by(OBJECTIVE)


def bank(facts: Facts) -> Table:
    """By subject, grade and school year: objectives, those with a question and those asked; questions, those without an
    objective, in the bank of colleagues (and asked of these), asked, practised at home, and never used."""
    by_objective = facts.questions.filter(_.objective != "").group_by(OBJECTIVE).aggregate(**sums("questions", "asked"))
    objectives = by_objective.group_by(COURSES).aggregate(
        objectives=count(), objectives_with=count(_.questions > 0), objectives_asked=count(_.asked > 0)
    )
    found = facts.questions.group_by(COURSES).aggregate(
        **sums("questions", "shared", "flagged"),
        without_objective=count((_.questions > 0) & (_.objective == "")),
        asked=count(_.asked > 0),
        shared_asked=count((_.shared > 0) & (_.asked > 0)),
        practised=count(_.practised > 0),
        unused=count((_.questions > 0) & (_.asked == 0) & (_.practised == 0)),
    )
    of = ["objectives", "objectives_with", "objectives_asked"]
    rows = beside(found, objectives, COURSES, of).mutate(share_asked=share(_.asked, _.questions))
    counts = ("questions", "without_objective", "asked", "share_asked", "practised", "unused", "shared", "shared_asked")
    return rows.select(*COURSES, *of, *counts, "flagged").order_by(COURSES)
