"""What `release` does besides making one: the gate, the history, the retention, the takeover by what is served."""
