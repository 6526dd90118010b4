"""Pictures rendered by pyvista, set into matplotlib's axes for units and colour bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, unknown
from .gather import Array, Piece, on_root, pieces, sheets
from .style import (
    BAR,
    INK,
    WIDTH,
    Scale,
    colour_bars,
    figure,
    label,
    length_unit,
    place,
    save,
    scales,
)

Clip = str | Mapping[str, str | None] | None
CUTS = {s + a: (k, s) for k, a in enumerate("xyz") for s in ("", "-")}
Edge = tuple[str, tuple[float, float], float]  # text, place in pixels, angle [deg]
#: Edges of the unit box that are seen from the camera and bear the lengths.
EDGES = {"x": ((0, 0, 0), (1, 0, 0)), "y": ((1, 0, 0), (1, 1, 0)), "z": ((0, 0, 0), (0, 0, 1))}
CAMERA = (0.55, -1.0, 0.5)  # direction from the middle of the box
PIXELS = 1400  # longer side of a rendered image


@dataclass(frozen=True)
class View:
    """A rendered image; in 2D with the coordinates of its edges, in 3D with labels of its box."""

    image: Array
    box: Array  #: (low, high) corners in the shown unit
    unit: str
    flat: bool
    labels: Sequence[Edge] = ()

    def show(self, fig: Any, ax: Any, bars: Sequence[Scale] = (), wide: float = 5.0) -> None:
        """Set the image into axes about so wide [inch], with colour bars beside it."""
        (x0, y0, _), (x1, y1, _) = self.box
        extent = (x0, x1, y0, y1) if self.flat else None
        ax.imshow(self.image, extent=extent, interpolation="antialiased")
        if self.flat:
            ax.set_xlabel(f"x  [{self.unit}]")
            ax.set_ylabel(f"y  [{self.unit}]")
        else:
            ax.set_axis_off()
        for text, (x, y), turn in self.labels:
            look = {"ha": "center", "va": "center", "rotation": turn, "fontsize": 9}
            ax.text(x, y, text, rotation_mode="anchor", **look)
        colour_bars(fig, ax, bars, wide, 0.12 if self.flat else 0.5)


def scene(
    solution: Any,
    field: str,
    file: str | Path,
    *,
    phases: Sequence[str] | None = None,
    clip: Clip = None,
    log: bool | None = None,
    per_phase: bool | None = None,
) -> Path:
    """A field rendered by pyvista off-screen, interfaces as lines. Collective.

    Args:
        solution: What to draw.
        field: Species (concentration [mol/m3]), "phi" [V], "T" [K] or "u_x" [m].
        file: Picture to write; png, pdf or svg.
        phases: Which phases (default: all that have the field).
        clip: In 3D, the outward normal of a cut through the middle, "x", "-x", ..., "z": what
            lies beyond is removed ("x", "-y" and "z" look into the domain). {"electrolyte": "z"}
            cuts only that phase.
        log: Logarithmic colours; None: if concentrations span more than a factor of 10.
        per_phase: A colour bar for each phase; None: only for potentials that are far apart.

    Raises:
        InputError: A field, phase or clip does not exist, or the file cannot be written.
    """
    check_clip(clip, solution)
    found, groups = pieces(solution, [field], phases), sheets(solution, [field], phases)
    if len(groups) > 1:
        raise InputError(
            f"phases {', '.join(n for group in groups for n in group)} share cells; "
            f"name what to draw, e.g. phases={groups[0]}"
        )
    title = label(solution, field)

    def draw() -> Path:
        bars = scales(field, title, found, log=log, per_phase=per_phase)
        view = picture_of(found, field, bars, clip)
        height, width = view.image.shape[:2]
        wide = WIDTH - 0.6 - BAR * len(bars)
        with figure(wide, wide * height / width, layout=None) as fig:
            view.show(fig, place(fig, 0, 0, wide, wide * height / width), bars, wide)
            return save(fig, file)

    path: Path = on_root(solution.comm, draw)
    return path


def check_clip(clip: Clip, solution: Any) -> None:
    """Refuse a clip that names no axis or no phase."""
    wanted = clip if isinstance(clip, Mapping) else {}
    known = [b.name for b in solution.problem.phases]
    for name in wanted:
        if name not in known:
            raise unknown("phase in clip", name, known)
    for cut in wanted.values() if isinstance(clip, Mapping) else [clip]:
        if cut is not None and cut not in CUTS:
            raise unknown("clip", cut, CUTS)


def picture_of(found: Mapping[str, Piece], name: str, bars: Sequence[Scale], clip: Clip) -> View:
    """Render a field of all pieces with the colours of the bars."""
    stage = Stage(list(found.values()))
    if not stage.flat and (clip or any(name not in p.values for p in found.values())):
        stage.frame()
    for scale in bars:
        for phase in scale.phases:
            cut = clip.get(phase) if isinstance(clip, Mapping) else clip
            values = found[phase].values[name] * scale.factor
            shape = stage.shape(found[phase], cut, values)
            stage.plotter.add_mesh(
                shape,
                scalars="value",
                cmap=scale.cmap,
                clim=(scale.low, scale.high),
                log_scale=scale.log,
                **stage.look,
            )
            stage.edges(shape)
    return stage.render()


class Stage:
    """A pyvista plotter with light, camera and units fit for some pieces, in the shown unit."""

    def __init__(self, found: Sequence[Piece], side: int = 1) -> None:
        """`side` is that of the camera in a 3D scene, +1 or -1 along x."""
        import pyvista

        self.side = side

        self.flat = found[0].simplices.shape[1] == 3
        low = np.min([p.points.min(axis=0) for p in found], axis=0)
        high = np.max([p.points.max(axis=0) for p in found], axis=0)
        self.factor, self.unit = length_unit(float((high - low).max()))
        self.box = np.array([low, high]) * self.factor
        with pyvista.vtk_verbosity("error"):  # it warns where there is no X server
            self.plotter = pyvista.Plotter(off_screen=True, window_size=self._window())
            self.plotter.set_background("white")
        self.look: dict[str, Any] = {
            "show_scalar_bar": False,
            "lighting": not self.flat,
            "smooth_shading": False,
        }
        if not self.flat:
            self.look |= {"ambient": 0.72, "diffuse": 0.32, "specular": 0.0}

    def _window(self) -> tuple[int, int]:
        x, y, _ = (float(d) for d in self.box[1] - self.box[0])
        if not self.flat:
            return PIXELS, int(0.68 * PIXELS)
        scale = PIXELS / max(x, y)
        return max(round(x * scale), 40), max(round(y * scale), 40)

    def shape(self, piece: Piece, cut: str | None = None, values: Array | None = None) -> Any:
        """What is seen of a piece: itself in 2D, its surface in 3D, after a cut."""
        linear = piece.grid(piece.simplices, 5 if self.flat else 10)
        linear.points = linear.points * self.factor
        if values is not None:
            linear.point_data["value"] = values
        skin = linear.extract_surface(algorithm="dataset_surface")
        if cut is None:
            return skin
        # the cells of a clipped volume do not match face to face: cut its skin, and close it
        return self.cut(skin, cut).append_polydata(linear.slice(**self._plane(cut)))

    def cut(self, shape: Any, clip: Clip) -> Any:
        """What is left of a shape after a cut through the middle of the box."""
        return shape.clip(**self._plane(clip)) if isinstance(clip, str) else shape

    def _plane(self, clip: str) -> dict[str, Any]:
        if self.flat:
            raise InputError(f"clip = {clip!r} cuts 3D domains; this one is flat")
        axis, sign = CUTS[clip]
        way = np.eye(3)[axis] * (-1 if sign else 1)
        # a little beside the middle, where a plane of mesh nodes may be
        return {"normal": way, "origin": self.box.mean(axis=0) + 1e-5 * self.box[1] * way}

    @property
    def camera(self) -> Array:
        """Direction from the middle of a 3D scene to the camera."""
        return np.array(CAMERA) * (self.side, 1, 1)

    def frame(self) -> None:
        """The edges of the box."""
        import pyvista

        box = pyvista.Box(self.box.T.ravel()).extract_feature_edges(30)
        self.plotter.add_mesh(box, color=INK, line_width=1, lighting=False)

    def edges(self, shape: Any) -> None:
        """Rim of a shape and, in 3D, its sharp edges."""
        lines = shape.extract_feature_edges(
            feature_angle=40,
            boundary_edges=True,
            feature_edges=not self.flat,
            manifold_edges=False,
            non_manifold_edges=False,
        )
        if lines.n_cells:
            self.plotter.add_mesh(lines, color=INK, line_width=2, lighting=False)

    def render(self) -> View:
        """The image; the plotter is closed."""
        import pyvista

        plotter, middle = self.plotter, self.box.mean(axis=0)
        if self.flat:
            plotter.camera_position = [middle + np.eye(3)[2], middle, (0, 1, 0)]
            plotter.enable_parallel_projection()
            plotter.camera.parallel_scale = (self.box[1, 1] - self.box[0, 1]) / 2
            plotter.reset_camera_clipping_range()
        else:
            plotter.camera_position = [
                middle + np.array(CAMERA) * (self.side, 1, 1),
                middle,
                (0, 0, 1),
            ]
            plotter.reset_camera()
        with pyvista.vtk_verbosity("error"):
            plotter.enable_anti_aliasing("ssaa")
            image = np.asarray(plotter.screenshot(return_img=True))
        labels = [] if self.flat else self._labels(image.shape[0])
        plotter.close()
        if not self.flat:
            image, (x0, y0) = _trim(image)
            labels = [(text, (x - x0, y - y0), turn) for text, (x, y), turn in labels]
        return View(image, self.box, self.unit, self.flat, labels)

    def _labels(self, height: int) -> list[Edge]:
        """Lengths of the box beside three of its edges, in pixels from the top left."""
        middle = self._pixel(np.full(3, 0.5), height)
        out = []
        for k, (axis, (first, last)) in enumerate(EDGES.items()):
            ends = np.array([first, last], dtype=float)
            if self.side < 0:
                ends[:, 0] = 1 - ends[:, 0]
            a, b = (self._pixel(e, height) for e in ends)
            a, b = (a, b) if a[0] <= b[0] else (b, a)
            way = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
            away = np.array([-way[1], way[0]])
            away *= np.sign(away @ ((a + b) / 2 - middle)) * 0.028 * PIXELS
            turn = float(np.degrees(np.arctan2(-way[1], way[0])))
            turn += 180 if turn < -60 else 0  # to be read from below or from the right
            length = f"{self.box[1, k] - self.box[0, k]:.3g} {self.unit}"
            x, y = (a + b) / 2 + away
            out.append((f"{axis}:  {length}", (float(x), float(y)), turn))
        return out

    def _pixel(self, at: Array, height: int) -> Array:
        """Where a point of the unit box is in the image."""
        from vtkmodules.vtkRenderingCore import vtkCoordinate

        point = vtkCoordinate()
        point.SetCoordinateSystemToWorld()
        point.SetValue(*(self.box[0] + at * (self.box[1] - self.box[0])))
        x, y = point.GetComputedDoubleDisplayValue(self.plotter.renderer)
        return np.array([x, height - y])


def _trim(image: Array, margin: int = 12) -> tuple[Array, tuple[int, int]]:
    """Without the white around the picture, and the pixel that becomes the first."""
    inked = (image[..., :3] < 250).any(axis=2)
    ys, xs = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(ys):
        return image, (0, 0)
    y, x = max(ys[0] - margin, 0), max(xs[0] - margin, 0)
    return image[y : ys[-1] + margin, x : xs[-1] + margin], (x, y)
