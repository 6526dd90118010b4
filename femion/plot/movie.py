"""Pictures one after the other: GIF for pages, MP4 for talks."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import FemionError, InputError

SIZE = 900  #: longer side of a frame of a GIF [pixel]
SHARP = 1600  #: the same of an MP4
FRAME, WHOLE = 400, 10_000  #: longest time of a frame and of all [ms]
PALETTE = 255
RATE = 30  #: pictures per second of an MP4; players stumble over few


def film(count: int, frame: Callable[[int, Path], Path], file: Path) -> Path:
    """Write the frames that `frame(number, file)` draws as .gif, which starts again, or .mp4.

    Raises InputError for another suffix, and FemionError without the package that writes MP4.
    """
    writers = {".gif": (_gif, SIZE), ".mp4": (_mp4, SHARP)}
    if file.suffix not in writers:
        raise InputError(
            f"file '{file}' of a movie; allowed: a name that ends with {' or '.join(writers)}"
        )
    writer, longest = writers[file.suffix]
    if writer is _mp4:
        _encoder()
    sheets = _sheets(count, frame, longest)
    file.parent.mkdir(parents=True, exist_ok=True)
    writer(sheets, file, max(20, min(FRAME, WHOLE // count)))
    return file


def _sheets(count: int, frame: Callable[[int, Path], Path], longest: int) -> list[Any]:
    """Frames on white sheets of one size, even in both directions."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        images = []
        for k in range(count):
            with Image.open(frame(k, Path(folder) / f"{k}.png")) as image:
                image.thumbnail((longest, longest))
                images.append(image.convert("RGB"))
    width, height = max(i.width for i in images), max(i.height for i in images)
    size = (width + width % 2, height + height % 2)
    sheets = [Image.new("RGB", size, "white") for _ in images]
    for sheet, drawn in zip(sheets, images, strict=True):
        sheet.paste(drawn)
    return sheets


def _gif(sheets: Sequence[Any], file: Path, each: int) -> None:
    from PIL import Image

    palette = sheets[-1].quantize(PALETTE, Image.Quantize.MAXCOVERAGE)  # one for all frames
    flat = [sheet.quantize(palette=palette, dither=Image.Dither.NONE) for sheet in sheets]
    flat[0].save(file, save_all=True, append_images=flat[1:], duration=each, loop=0)


def _mp4(sheets: Sequence[Any], file: Path, each: int) -> None:
    """H.264 that every browser and player shows; a frame stays for so many ms."""
    how = {"fps": RATE, "codec": "libx264", "quality": 8, "macro_block_size": 2}
    writer = _encoder().write_frames(str(file), sheets[0].size, ffmpeg_log_level="error", **how)
    writer.send(None)
    try:
        for sheet in sheets:
            for _ in range(max(1, round(each * RATE / 1000))):
                writer.send(sheet.tobytes())
    finally:
        writer.close()


def _encoder() -> Any:
    try:
        import imageio_ffmpeg
    except ImportError:
        raise FemionError(
            "MP4 needs the package 'imageio-ffmpeg', which is not installed; "
            "pip install 'femion[movies]' brings it, and .gif needs none"
        ) from None
    return imageio_ffmpeg
