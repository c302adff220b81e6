"""Evidence: the statistics of monitoring, review and promotion, as pure functions on arrays.

Knows neither photos nor models, no storage and no clock: callers bring numbers and keys, and store the states.
"""
