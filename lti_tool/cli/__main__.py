"""`python -m lti_tool.cli`, as the supervisor starts its parts."""

from lti_tool.cli import main

main()
