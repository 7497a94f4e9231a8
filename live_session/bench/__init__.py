"""What an answer costs, beside a raw floor in the same run. `live.run` is the door."""
