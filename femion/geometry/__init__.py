"""Recipes of meshes with named regions and boundaries; gmsh is imported only when one is drawn."""

from femion.geometry.base import Geometry, mesh_model
from femion.geometry.box import box3d, slab
from femion.geometry.from_file import from_file
from femion.geometry.layers import layers
from femion.geometry.porous_electrode import half_cell

__all__ = ["Geometry", "box3d", "from_file", "half_cell", "layers", "mesh_model", "slab"]
