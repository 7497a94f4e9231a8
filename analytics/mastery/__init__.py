"""The student model: what a pupil can do, from first answers alone, with how sure it is beside every value."""
