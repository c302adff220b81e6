"""The desk at which a shop's people work: below `/desk`, for reading, correcting and steering the loop."""
