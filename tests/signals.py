"""What our tests and walks hear."""

import signal


def hear_ctrl_c() -> None:
    """A shell lets what it starts in its background ignore Ctrl-C. Our processes would inherit that, and never hear of
    their end."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
