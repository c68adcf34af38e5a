"""From the contract to the generated package, and what a change of the contract breaks."""
