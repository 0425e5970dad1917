"""Many runs at once: the points of a space, in worker processes or on a Dask cluster."""

from tinyscope.sweeps.front import pareto
from tinyscope.sweeps.run import sweep

__all__ = ["pareto", "sweep"]
