"""The pages that a shop's customers see: the listing with its color filter, and one product."""
