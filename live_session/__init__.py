"""A lesson taught live, as a log of events and the shells around it.

Knows nothing of LMSs, Flask, marks or people's names: a participant is an opaque id. The core (`model`, `events`,
`activities`, `reducer`, `projection`, `protocol`, `presence`) is pure; `store`, `channel` and `server` stand around it.
"""
