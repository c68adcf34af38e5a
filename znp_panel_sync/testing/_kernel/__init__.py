"""The simulated kernel's memory and rules: no I/O, and no clock but the one it is given."""
