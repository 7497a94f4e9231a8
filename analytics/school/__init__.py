"""Long questions over a whole school's years, on columns: written once, answered by whichever engine there is."""
