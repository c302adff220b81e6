"""Distribute work over processes or a Dask cluster."""
