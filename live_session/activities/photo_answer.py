"""A photo of the work on paper."""

from live_session.activities.base import Family
from live_session.activities.sent import Sent, SentType


class PhotoAnswer(SentType[Sent]):
    """A photo, with a word beside it; who cannot take one writes."""

    kind = "photo"
    family = Family.WRITE
    place = 40
    blank_seconds = 180
    tells_how = True
    Content = Sent
