"""The engine is an extra, and its tests are long: `make test-all` brings it, `make test` does without both."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("ibis") else ["test_engines.py", "test_facts.py"]
