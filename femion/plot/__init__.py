"""Pictures of solutions and meshes, drawn on rank 0; every function is collective.

Fields are drawn phase by phase, so a jump at an interface stays a jump. matplotlib and pyvista
are imported only when something is drawn.
"""

from .bars import bars
from .curves import Panel, curves
from .gather import Piece, grids, pieces
from .interactive import scene3d
from .line import profile
from .meshes import mesh
from .panels import fields
from .scenes import scene
from .series import series
from .streams import arrows, streams
from .style import Picture, symbol
from .surfaces import surface

__all__ = [
    "Panel",
    "Picture",
    "Piece",
    "arrows",
    "bars",
    "curves",
    "fields",
    "grids",
    "mesh",
    "pieces",
    "profile",
    "scene",
    "scene3d",
    "series",
    "streams",
    "surface",
    "symbol",
]
