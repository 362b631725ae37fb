"""What the shape of a metric series says. All but `reading` import numpy, so import them only where there are series."""
