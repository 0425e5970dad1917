"""Pictures of sweeps and reports, with matplotlib, in colours that colour-blind people tell apart.

Every function draws into `ax`, or into a new figure, and returns the matplotlib Axes;
`.figure.savefig("picture.png")` writes it.
"""

from tinyscope.plot.bars import layer_bars
from tinyscope.plot.fronts import pareto_front
from tinyscope.plot.heat_maps import heat_map
from tinyscope.plot.style import label

__all__ = ["heat_map", "label", "layer_bars", "pareto_front"]
