"""A term that never was, played through the real protocol core and store under a virtual clock: pupils whose truth is
written down beforehand, so that what attendance says of them can be held to it."""
