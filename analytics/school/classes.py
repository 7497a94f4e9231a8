"""Questions on classes in their weeks, and on the period book in its months: counts of lessons and seats, no person.

A class's counts are summed by jobs in which a question of fewer than ten is not even kept; what little stands behind a
share or a split is hidden here once more.
"""

import ibis
from ibis import _

from analytics.school.columns import Facts, Table
from analytics.school.figures import beside, count, share, sums, told

BY_MONTH = ["school", "subject", "month"]
HALF_DAY = ["school", "class", "day", "half_day"]


def attendance(facts: Facts) -> Table:
    """By class and week, all subjects together: lessons, and seats (a pupil in a lesson) by where they were; the part
    of them that was there, and of these the part at home."""
    by = ["school", "year", "term", "week", "grade", "class"]
    places = ("room", "home", "late", "absent", "not_seen")
    counted = facts.weeks.group_by(by).aggregate(**sums("lessons", "pupils", *places))
    found = counted.rename(seats="pupils").mutate(present=_.room + _.home)
    shares = {"share_present": share(_.present, _.seats), "share_home": share(_.home, _.present)}
    return found.mutate(**shares).select(*by, "lessons", "seats", *places, *shares).order_by(by)


def participation(facts: Facts) -> Table:
    """By class, subject and week: answered of asked (`turns`: a pupil and a question), right of what can be right, and
    pupils by how much they took part. Nothing where fewer than ten stand behind it; `few` says that this is why."""
    by = ["school", "year", "term", "week", "grade", "class", "subject"]
    bands = ("high", "middle", "low")
    summed = sums("lessons", "asked", "answered", "scored", "right", *bands)
    found = facts.weeks.group_by(by).aggregate(**summed, few=_.few.max().cast("int64"))
    shares = {
        "turns": told(_.asked, _.asked),
        "share_answered": told(share(_.answered, _.asked), _.asked),
        "scored": told(_.scored, _.scored),
        "share_right": told(share(_.right, _.scored), _.scored),
        **{band: told(_[band], _.high + _.middle + _.low) for band in bands},
    }
    return found.select(*by, "lessons", "few", **shares).order_by(by)


def periods(facts: Facts) -> Table:
    """By subject and month: periods by form, the part in which the network had a part beside what the school aims at;
    half-days of a class with more fully online periods than its rule allows, or more of them without a break, one of
    them the subject's; its teachers, and those who have taught as many periods with the network as the rule asks."""
    forms = ("in_person", "supported", "hybrid", "online")
    counts = {form: count(_.form == form) for form in forms}
    found = facts.periods.group_by(BY_MONTH).aggregate(
        **counts, periods=count(), network=count(_.form != "in_person"), exempt=_.exempt.max().cast("int64")
    )
    rows = found.join(facts.rules, "school")
    over, taught = ["half_days_over", "rows_over"], ["teachers", "teachers_done"]
    rows = beside(beside(rows, _broken(facts), BY_MONTH, over), _teachers(facts), BY_MONTH, taught)
    shown = rows.mutate(share_network=share(_.network, _.periods))
    columns = ("periods", *forms, "network", "share_network", "share_target", "exempt", *over, *taught)
    return shown.select(*BY_MONTH, *columns).order_by(BY_MONTH)


def _broken(facts: Facts) -> Table:
    """By subject and month: half-days of a class with too many fully online periods."""
    online = facts.periods.filter((_.form == "online") & (_["class"] != ""))
    place = ibis.row_number().over(group_by=HALF_DAY, order_by="number").cast("int64")
    # Periods that follow each other are as far from their place in the row.
    rows = online.select(*HALF_DAY, "number").distinct().mutate(row=_.number - place)
    longest = rows.group_by([*HALF_DAY, "row"]).aggregate(length=count()).group_by(HALF_DAY)
    halves = online.group_by(HALF_DAY).aggregate(many=count()).join(longest.aggregate(length=_.length.max()), HALF_DAY)
    its = online.select(*HALF_DAY, "subject", "month").distinct().join(halves, HALF_DAY).join(facts.rules, "school")
    over = {"half_days_over": count(_.many > _.half_day_most), "rows_over": count(_.length > _.row_most)}
    return its.group_by(BY_MONTH).aggregate(**over)


def _teachers(facts: Facts) -> Table:
    """By subject and month: teachers who owe periods with the network, and those of them who have taught enough, in all
    their subjects."""
    owed = facts.periods.filter((_.exempt == 0) & (_.teacher > 0))
    one = ["school", "month", "teacher"]
    taught = owed.group_by(one).aggregate(network=count(_.form != "in_person"))
    its = owed.select("subject", *one).distinct().join(taught, one).join(facts.rules, "school")
    return its.group_by(BY_MONTH).aggregate(teachers=count(), teachers_done=count(_.network >= _.month_least))
