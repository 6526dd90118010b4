"""Layers on the walls of channels: measures, what filaments cover, periodic faces, bad input."""

import math

import pytest
from mpi4py import MPI

import femion as fm
from femion.domain import mesh
from femion.errors import InputError
from femion.geometry.quality import report
from femion.geometry.spacers import SUNK
from femion.geometry.swept import read

D = 0.5e-3
FLAT = {"height": 1e-3, "diameter": D, "spacing": 2e-3, "filaments": 2, "layer": 0.1e-3}
NET = {"diameter": D, "spacing": 2e-3, "first_cell": 0.25e-3, "h": 0.4e-3}
BOTH = {"bottom": {"CEM": "0.1 mm"}, "top": {"NF": "2 um", "permeate": "0.2 mm"}}
CHORD = D * math.sqrt(1 - (1 - 2 * SUNK) ** 2)  # of a filament in the plane that it sinks into


def named(domain):
    """Whether every exterior facet has a name, and no other has one."""
    from dolfinx.mesh import exterior_facet_indices

    topology = domain.mesh.topology
    own = domain.facets.indices < topology.index_map(domain.tdim - 1).size_local
    return set(exterior_facet_indices(topology)) == set(domain.facets.indices[own])


@pytest.mark.parametrize(
    ("channel", "length", "width"),
    [
        (fm.geometry.spacer_channel("zigzag", **FLAT), 4e-3, 1.0),
        (fm.geometry.spacer_net("ladder", **NET), 2e-3, 2e-3),
        (fm.geometry.spacer_net("diamond", **NET), 8**0.5 * 1e-3, 8**0.5 * 1e-3),
    ],
    ids=["2D", "ladder", "diamond"],
)
def test_layers_go_on_behind_filaments(channel, length, width):
    whole = mesh(fm.geometry.lined(channel, BOTH, cells={"NF": 5, "permeate": 3}))
    found = report(whole)
    assert named(whole)
    for name, thick in (("CEM", 1e-4), ("NF", 2e-6), ("permeate", 2e-4)):
        measure = found.regions[name]
        assert measure.meshed == pytest.approx(thick * length * width, rel=1e-9)
        assert measure.exact == pytest.approx(measure.meshed, rel=1e-9)
    for wall in ("bottom", "top"):
        assert found.boundaries[wall].meshed == pytest.approx(length * width, rel=1e-9)
    under = 2 * CHORD * (1.0 if width == 1.0 else width * (2**0.5 if length > 2e-3 else 1.0))
    assert found.boundaries["covered"].meshed == pytest.approx(under, rel=1e-9)


@pytest.mark.parametrize("kind", ["ladder", "diamond"])
def test_opposite_faces_of_layers_have_equal_meshes(kind):
    layer = {"top": {"NF": "20 um"}}
    net = fm.geometry.lined(
        fm.geometry.spacer_net(kind, **NET), layer, side_names={"NF": ("left", "right")}
    )
    found = read(net)

    def corners(name, shift):
        triangles = found.points[found.boundaries[name]] - [shift, 0, 0]
        rows = (triangles / 1e-9).round().astype(int).tolist()
        return {frozenset(map(tuple, row)) for row in rows}

    period = float(found.points[:, 0].max())
    assert corners("left", 0.0) == corners("right", period)


def test_a_parameter_file_lines_what_it_draws(shared_path):
    file = shared_path / "lined.toml"
    if MPI.COMM_WORLD.rank == 0:
        lines = ['builder = "channel"', "length = 1.0", "height = 0.5", "[lined]", "cells = 4"]
        file.write_text("\n".join([*lines, "walls.top.membrane = 0.25"]))
    MPI.COMM_WORLD.barrier()
    found = report(mesh(fm.geometry.from_toml(file)))
    assert found.regions["membrane"].meshed == pytest.approx(0.25, rel=1e-12)


def test_currents_spread_behind_a_filament():
    """Over a layer that is only partly covered more flows than through what is open alone."""
    salt = fm.Species("salt", 0)
    medium = fm.Medium([salt], fm.Dilute({"salt": 1e-9}))
    channel = fm.geometry.spacer_channel("cavity", **FLAT | {"filaments": 1})
    shape = fm.geometry.lined(channel, {"bottom": {"membrane": "0.2 mm"}})
    phases = [fm.Phase(name, medium) for name in ("channel", "membrane")]
    laws = [fm.Donnan("channel|membrane"), fm.Bath("bottom", {"salt": 1.0})]
    s = fm.solve(fm.Model(phases, [*laws, fm.Bath("top", {"salt": 2.0})]), fm.mesh(shape))
    through = s.flow("salt", "top")
    assert abs(through + s.flow("salt", "bottom")) < 1e-10 * through
    length, series = 2e-3, 1e-9 / 1.2e-3
    blocked = series * (length - D)  # as if each line of the current stayed straight
    assert blocked < through < series * length


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"walls": {}}, "walls = {}"),
        ({"walls": {"top": {"NF": -1.0}}}, r"thickness\['NF'\] = -1.0"),
        ({"walls": {"top": {"A": 1.0}, "bottom": {"A": 1.0}}}, "has a layer twice"),
        ({"walls": {"top": {"bottom": 1.0}, "bottom": {"A": 1.0}}}, "name of a region"),
        ({"cells": {"X": 2}}, "layer in cells 'X'"),
        ({"cells": 0}, "cells = 0"),
        ({"growth": 0.5}, "growth = 0.5"),
        ({"side_names": {"X": "s"}}, "side_names 'X'"),
    ],
)
def test_bad_input_is_one_sentence(change, message):
    channel = fm.geometry.spacer_channel("cavity", **FLAT)
    with pytest.raises(InputError, match=message) as caught:
        fm.geometry.lined(channel, **{"walls": {"top": {"NF": 1e-6}}} | change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("walls", "message"),
    [
        ({"lid": {"NF": 1e-6}}, "wall 'lid' not found"),
        ({"spacer": {"NF": 1e-6}}, "wall 'spacer' is not flat"),
        ({"top": {"channel": 1e-6}}, "layer 'channel' is a name of"),
    ],
)
def test_walls_are_refused_when_they_are_drawn(walls, message):
    with pytest.raises(InputError, match=message):
        mesh(fm.geometry.lined(fm.geometry.spacer_channel("cavity", **FLAT), walls))
