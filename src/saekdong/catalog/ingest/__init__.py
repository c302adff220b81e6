"""Feeds into a catalog: what is new or changed is fetched, tagged and stored."""
