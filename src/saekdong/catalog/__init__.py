"""Products, their photos and their tags."""
