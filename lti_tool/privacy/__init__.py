"""Personal data: a rule for every table, what is forgotten when, one person's export and erasure, who saw what."""
