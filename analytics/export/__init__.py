"""What happened in lessons, for other systems: Caliper 1.2 and xAPI, from one list of deeds."""
