"""Sample rows, drawn photos and a sample catalog, to try the tool without a shop."""
