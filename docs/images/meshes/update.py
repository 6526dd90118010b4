"""Draw the meshes of meshes/*.toml for the book, small.

    python docs/images/meshes/update.py [NAME...]

Without names, those that are missing.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
MESHES = HERE.parents[2] / "meshes"
SIZE, COLOURS = 560, 64  # width [pixels], of the palette


def draw(name: str) -> Path:
    """One picture."""
    from PIL import Image

    import femion as fm

    file = HERE / f"{name}.png"
    fm.plot.mesh(fm.mesh(fm.geometry.from_toml(MESHES / f"{name}.toml")), file)
    with Image.open(file) as whole:
        small = whole.convert("RGB")
        small.thumbnail((SIZE, SIZE))
    small.quantize(COLOURS).save(file, optimize=True)
    return file


if __name__ == "__main__":
    known = sorted(p.stem for p in MESHES.glob("*.toml"))
    for n in sys.argv[1:] or [n for n in known if not (HERE / f"{n}.png").exists()]:
        made = draw(n)
        print(f"{made.name}: {made.stat().st_size // 1000} kB", flush=True)
