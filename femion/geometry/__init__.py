"""Recipes of meshes with named regions and boundaries; gmsh is imported only when one is drawn."""

from femion.geometry.arrays import array
from femion.geometry.base import Geometry, mesh_model
from femion.geometry.box import box3d, slab
from femion.geometry.catalogue import from_toml
from femion.geometry.cells import hull_cell, stack
from femion.geometry.channels import channel
from femion.geometry.fibres import fibre_mat
from femion.geometry.from_file import from_file
from femion.geometry.layers import layers
from femion.geometry.lined import lined
from femion.geometry.nets import spacer_net
from femion.geometry.packed import packing
from femion.geometry.planar import planar_cell
from femion.geometry.pores import nanopore
from femion.geometry.porous_electrode import half_cell
from femion.geometry.quality import report
from femion.geometry.spacers import spacer_channel
from femion.geometry.swept import extruded, revolved
from femion.geometry.voxel_mesh import voxels

__all__ = [
    "Geometry",
    "array",
    "box3d",
    "channel",
    "extruded",
    "fibre_mat",
    "from_file",
    "from_toml",
    "half_cell",
    "hull_cell",
    "layers",
    "lined",
    "mesh_model",
    "nanopore",
    "packing",
    "planar_cell",
    "report",
    "revolved",
    "slab",
    "spacer_channel",
    "spacer_net",
    "stack",
    "voxels",
]
