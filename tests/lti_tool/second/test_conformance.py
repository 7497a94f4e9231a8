"""The conformance table once more, on messages that other people's code builds and signs."""

from tests.lti_tool.launch.test_routes import (  # noqa: F401 - tests
    test_a_launch_leads_to_a_page_that_survives_a_reload,
    test_a_valid_launch_lands_under_the_right_role,
    test_b25_the_platforms_reason_is_shown_as_text,
    test_d1_deep_linking_lands_on_the_choice_of_lessons,
)
from tests.lti_tool.launch.test_state import (  # noqa: F401 - tests
    test_a_refused_launch_has_used_its_state_up,
    test_b16_a_launch_posted_again_is_refused,
)
from tests.lti_tool.launch.test_verify import (  # noqa: F401 - tests
    test_a_forged_or_misshapen_token_is_refused_and_changes_nothing,
    test_a_launch_with_a_wrong_claim_is_refused_and_changes_nothing,
    test_an_unusual_but_right_launch_is_taken,
)
