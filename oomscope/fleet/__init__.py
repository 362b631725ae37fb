"""Many nodes' logs: read by the workers of a Dask cluster, kept as a Parquet data set, summed up in one report."""
