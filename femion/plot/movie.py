"""Pictures one after the other."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from ..errors import InputError

SIZE = 900  #: longer side of a frame [pixel]
FRAME, WHOLE = 400, 10_000  #: longest time of a frame and of all [ms]
PALETTE = 255


def gif(count: int, frame: Callable[[int, Path], Path], file: Path) -> Path:
    """Write the frames that `frame(number, file)` draws as a GIF, which starts again at its end."""
    from PIL import Image

    if file.suffix != ".gif":
        raise InputError(f"file '{file}' of a movie; allowed: a name that ends with .gif")
    with tempfile.TemporaryDirectory() as folder:
        images = []
        for k in range(count):
            with Image.open(frame(k, Path(folder) / f"{k}.png")) as image:
                image.thumbnail((SIZE, SIZE))
                images.append(image.convert("RGB"))
    size = max(i.width for i in images), max(i.height for i in images)
    sheets = [Image.new("RGB", size, "white") for _ in images]
    for sheet, drawn in zip(sheets, images, strict=True):
        sheet.paste(drawn)
    palette = sheets[-1].quantize(PALETTE, Image.Quantize.MAXCOVERAGE)  # one for all frames
    flat = [sheet.quantize(palette=palette, dither=Image.Dither.NONE) for sheet in sheets]
    file.parent.mkdir(parents=True, exist_ok=True)
    each = max(20, min(FRAME, WHOLE // count))
    flat[0].save(file, save_all=True, append_images=flat[1:], duration=each, loop=0)
    return file
