"""Where the seam of a sphere (or the end point of a circle) lies, away from where it is cut.

OpenCASCADE closes a circle in a point and a sphere in a meridian. Where a neck or a face of the box
cuts close to these, edges are tiny and cells are bad.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from femion.geometry.bodies import Ellipsoid, Rod
from femion.geometry.crowd import Room
from femion.geometry.grid import Floats

TRIES = 100
MERIDIAN = np.linspace(-0.5 * math.pi, 0.5 * math.pi, 41)


def clear_of_cuts(
    solids: Sequence[Ellipsoid | Rod], room: Room, attempt: int = 0
) -> list[Ellipsoid | Rod]:
    """The same bodies, turned in themselves so that their seam keeps off necks and faces.

    Each attempt puts the seams elsewhere.
    """
    rods = [s for s in solids if isinstance(s, Rod)]
    turned: list[Ellipsoid | Rod] = []
    for body in solids:
        if isinstance(body, Ellipsoid) and (room.dim == 3 or not np.ptp(body.axes[:2])):
            cuts = list(_cuts(body, rods, room))
            best = _best(cuts, room.dim, attempt) if cuts else np.eye(3)
            body = replace(body, rotation=best) if room.dim == 2 else replace(body, seam=best)
        elif isinstance(body, Rod):
            body = replace(body, seam=float(attempt))
        turned.append(body)
    return turned


def _cuts(body: Ellipsoid, rods: Sequence[Rod], room: Room) -> Iterator[tuple[Floats, float]]:
    """Direction and half-angle, on the unit sphere, of each circle in which something cuts it.

    Necks join spheres only. A plane through M u + centre cuts the unit sphere in a plane.
    """
    onto = np.eye(3) if room.dim == 2 else body.rotation * body.axes
    for rod in rods:
        for a, b in ((rod.p, rod.q), (rod.q, rod.p)):
            if np.linalg.norm(room.nearest(a - body.centre)) < 1e-9:
                along = (b - a) / np.linalg.norm(b - a)
                yield _unit(onto.T @ along), math.asin(rod.r / float(body.axes[0]))
    low, high = body.bounds()
    for k in range(room.dim):
        reach = 0.5 * (high[k] - low[k])
        for side, away in ((-1.0, body.centre[k]), (1.0, room.size[k] - body.centre[k])):
            if abs(away) < reach:
                yield _unit(side * onto[k]), math.acos(away / reach)


def _unit(v: Floats) -> Floats:
    return np.asarray(v / np.linalg.norm(v))


def _best(cuts: list[tuple[Floats, float]], dim: int, seed: int) -> Floats:
    """Of many rotations the one whose seam and poles are farthest from being grazed."""
    rng = np.random.default_rng(seed)
    towards, half = np.array([u for u, _ in cuts]), np.array([a for _, a in cuts])
    best, most = np.eye(3), -1.0
    for _ in range(TRIES):
        if dim == 2:
            t = rng.uniform(0, 2 * math.pi)
            turn = np.array(
                [[math.cos(t), -math.sin(t), 0], [math.sin(t), math.cos(t), 0], [0, 0, 1.0]]
            )
            seam = turn[:, :1]
        else:
            q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
            turn = q * np.sign(np.linalg.det(q))
            seam = np.outer(turn[:, 0], np.cos(MERIDIAN)) + np.outer(turn[:, 2], np.sin(MERIDIAN))
        angles = np.arccos(np.clip(towards @ seam, -1.0, 1.0))
        grazing = np.stack([angles.min(axis=1), angles[:, 0], angles[:, -1]], axis=1)
        clear = float(np.abs(grazing - half[:, None]).min())
        if clear > most:
            best, most = turn, clear
    return best
