"""LMSs behind one port (`port`): LTI today. Pages never call an LMS; jobs do."""
