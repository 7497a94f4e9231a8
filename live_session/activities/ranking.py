"""Ranking: in which order a class puts things. Nothing is right or wrong."""

from live_session.activities.base import Family, KeylessType
from live_session.activities.sorting import Parts, SortingType


class Ranking(KeylessType[Parts], SortingType[Parts]):
    """Parts as the teacher wrote them, put in the pupil's own order."""

    kind = "ranking"
    family = Family.OPINION
    place = 30
    Content = Parts
