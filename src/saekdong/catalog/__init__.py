"""The shop's catalog: its products, what tagging their photos gave, and the store in which shops filter by color."""
