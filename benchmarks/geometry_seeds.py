"""Random parameters and seeds for every builder: each mesh is made, or refused in one sentence.

    python benchmarks/geometry_seeds.py [NUMBER [FIRST]]

`draw(k)` is the k-th case: a builder and its arguments, always the same for the same k.
"""

import sys
import time
from collections import Counter

import numpy as np

import femion as fm
from femion.errors import InputError

UM = 1e-6


def flat_packing(rng):
    """Disks or ellipses, with a film, sintered, periodic, graded."""
    neck = rng.choice([None, 0.2, 0.4])
    return {
        "size": (rng.uniform(30, 60) * UM, rng.uniform(25, 40) * UM),
        "radius": rng.uniform(3, 5) * UM,
        "solid_fraction": (rng.uniform(0.1, 0.35), rng.uniform(0.35, 0.7))
        if rng.random() < 0.3
        else rng.uniform(0.1, 0.8),
        "radius_spread": rng.uniform(0, 0.4),
        "aspect": (1.0, 1.0) if neck else (rng.uniform(1, 3), 1.0),
        "neck": neck,
        "binder": rng.choice([None, 0.3 * UM]),
        "periodic": str(rng.choice(["", "y", "xy"])),
        "h_surface": 1.5 * UM,
    }


def packing(rng):
    """Spheres or ellipsoids."""
    neck = rng.choice([None, 0.3])
    return {
        "size": tuple(rng.uniform(20, 26, 3) * UM),
        "radius": rng.uniform(4.0, 5.0) * UM,
        "solid_fraction": rng.uniform(0.1, 0.65),
        "radius_spread": rng.uniform(0, 0.2),
        "aspect": (1.0, 1.0, 1.0) if neck else (rng.uniform(1, 2), 1.0, 1.0),
        "neck": neck,
        "binder": rng.choice([None, None, 0.6 * UM]),
        "periodic": str(rng.choice(["", "yz", "xyz"])),
        "h_surface": 2.5 * UM,
        "h": 5 * UM,
    }


def array(rng):
    """Ordered arrays up to touching and beyond."""
    lattice = str(rng.choice(["square", "hexagonal", "sc", "bcc", "fcc"]))
    return {"lattice": lattice, "solid_fraction": rng.uniform(0.1, 0.7), "constant": 1.0, "h": 0.15}


def spacer_channel(rng):
    """Cavity, submerged and zigzag spacers in 2D."""
    kind = str(rng.choice(["cavity", "submerged", "zigzag"]))
    shape = {"height": 1e-3, "diameter": rng.uniform(0.2, 0.8) * 1e-3}
    return {"kind": kind, **shape, "spacing": rng.uniform(1.5, 4) * 1e-3, "filaments": 2}


def spacer_net(rng):
    """Nets of filaments in 3D."""
    kind, d = str(rng.choice(["ladder", "diamond"])), rng.uniform(0.3, 0.7) * 1e-3
    return {"kind": kind, "diameter": d, "spacing": rng.uniform(3, 5) * d, "h": 0.5 * d}


def stack(rng):
    """Membrane stacks."""
    shape = {"channel": 4e-4, "cem": rng.uniform(0.5, 2) * 1e-4, "aem": rng.uniform(0.5, 2) * 1e-4}
    pairs, bipolar = int(rng.integers(1, 5)), bool(rng.random() < 0.5)
    return {"pairs": pairs, **shape, "height": 1e-3, "h": 1e-4, "bipolar": bipolar, "cells_y": 3}


def nanopore(rng):
    """Slits between reservoirs."""
    radii = (rng.uniform(2, 20) * 1e-9, rng.uniform(2, 20) * 1e-9)
    return {"length": rng.uniform(20, 100) * 1e-9, "radius": radii, "reservoir": 1e-7, "h": 1e-8}


def hull_cell(rng):
    """Cells with an inclined cathode."""
    return {"near": rng.uniform(20, 80) * 1e-3, "far": rng.uniform(90, 150) * 1e-3, "h": 8e-3}


def fibre_mat(rng):
    """Separators of fibres: sections and mats."""
    across = (30 * UM,) if rng.random() < 0.5 else (16 * UM, 14 * UM)
    return {
        "thickness": rng.uniform(10, 16) * UM,
        "across": across,
        "diameter": 2.5 * UM if len(across) == 2 else 2 * UM,
        "porosity": rng.uniform(0.35, 0.9),
        "fused": bool(rng.random() < 0.5),
        "h_surface": 1 * UM,
        "h": 2 * UM,
    }


def half_cell(rng):
    """Sintered disks beside a separator."""
    return {
        "separator": 20 * UM,
        "electrode": 50 * UM,
        "height": 40 * UM,
        "particle_radius": rng.uniform(4, 7) * UM,
        "solid_fraction": rng.uniform(0.2, 0.5),
    }


def planar_cell(rng):
    """Full cells with two packed electrodes."""
    flat = rng.random() < 0.7
    neck = rng.choice([None, 0.3])
    electrodes = [
        {
            "thickness": 24 * UM,
            "radius": rng.uniform(4, 5) * UM,
            "solid_fraction": rng.uniform(0.2, 0.6 if flat else 0.4),
            "neck": neck,
            "binder": rng.choice([None, 0.4 * UM]) if flat else None,
        }
        for _ in range(2)
    ]
    parts = {"copper": 5 * UM, "anode": electrodes[0], "separator": 8 * UM}
    parts |= {"cathode": electrodes[1], "aluminium": 5 * UM}
    across = (25 * UM,) if flat else (20 * UM, 20 * UM)
    periodic = str(rng.choice(["", "y"]))
    return {"parts": parts, "across": across, "periodic": periodic, "h_surface": 2 * UM}


KINDS = (
    flat_packing,
    packing,
    array,
    spacer_channel,
    spacer_net,
    stack,
    nanopore,
    hull_cell,
    fibre_mat,
    half_cell,
    planar_cell,
)
SEEDED = ("flat_packing", "packing", "fibre_mat", "half_cell", "planar_cell")


def draw(k):
    """Name of the kind, builder and arguments of the k-th case."""
    rng = np.random.default_rng([k, 20])
    kind = KINDS[k % len(KINDS)]
    given = {key: value for key, value in kind(rng).items() if value is not None}
    if kind.__name__ in SEEDED:
        given["seed"] = k
    builder = "packing" if kind is flat_packing else kind.__name__
    return kind.__name__, getattr(fm.geometry, builder), given


def outcome(k):
    """("built", number of cells) or ("refused", the sentence); anything else is raised."""
    _, builder, given = draw(k)
    try:
        with fm.geometry.mesh_model(builder(**given)) as model:
            kinds, cells, _ = model.mesh.getElements(model.getDimension())
            regions = {model.getPhysicalName(*g) for g in model.getPhysicalGroups()}
            assert len(kinds) == 1 and len(regions) > 1
            return "built", len(cells[0])
    except InputError as reason:
        assert "\n" not in str(reason)
        return "refused", str(reason)


def main(number=200, first=0):
    """Try cases and print what became of them."""
    counts = Counter()
    for k in range(first, first + number):
        start, name = time.process_time(), draw(k)[0]
        try:
            word, what = outcome(k)
        except Exception as error:  # what the benchmark is there to find
            word, what = "FAILED", f"{type(error).__name__}: {error} {draw(k)[2]}"
        counts[name, word] += 1
        seconds = time.process_time() - start
        sys.stdout.write(f"{k:4d} {name:16s}{word:9s}{seconds:6.1f} s  {what}\n")
        sys.stdout.flush()
    for name in (kind.__name__ for kind in KINDS):
        row = ", ".join(f"{counts[name, w]} {w}" for w in ("built", "refused", "FAILED"))
        sys.stdout.write(f"{name:16s} {row}\n")
    return sum(n for (_, word), n in counts.items() if word == "FAILED")


if __name__ == "__main__":
    sys.exit(min(1, main(*map(int, sys.argv[1:]))))
