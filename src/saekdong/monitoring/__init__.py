"""Watching a shop: what came in today, whether it differs from what the model was promoted on, and who must know."""
