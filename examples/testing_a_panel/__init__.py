"""A small panel, and its tests against simulated kernels: `python -m pytest examples/testing_a_panel`."""
