"""What to do when the contract changes: see `regenerate.py`."""
