"""Events of kernels: subscribed once at each kernel, received once, and handed to the panel in order."""
