"""`python -m lti_tool.cli`, as the supervisor starts its parts."""

from lti_tool.cli.commands import main

main()
