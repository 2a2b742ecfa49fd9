#!/usr/bin/env python3
"""Writes pictures in the formats that people have, NAME.bin, and what Pillow makes of each, NAME.npy, beside this file.

    python3 tests/goldens/pictures/generate.py      (numpy, pillow)

Arrays are uint8 [H, W] or [H, W, 3]. Names with "over" are laid over the background (200, 30, 90); names with "exif"
are turned upright. 16 bits of colours become the upper 8, as Pillow has them; Pillow saturates 16 bits of gray when it
converts them, which is never wanted: the upper 8 are taken of them too.
"""

import io
import pathlib

import numpy as np
from PIL import Image, ImageOps

FOLDER = pathlib.Path(__file__).resolve().parent
BACKGROUND = (200, 30, 90)


def smooth(height, width, channels):
    """Slow waves: what a lossy format keeps."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels].astype(np.float64)
    return np.uint8(127.5 + 120 * np.sin(0.3 * x + 0.7 * c) * np.cos(0.2 * y - 0.4 * c))


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def png_of_16_bits(values):
    """Big-endian samples of [H, W, C] in a PNG, without a library: Pillow writes 16 bits of gray only."""
    import struct
    import zlib

    height, width, channels = values.shape

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 3: 2}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pictures():
    rgb = Image.fromarray(smooth(9, 14, 3))
    alpha = Image.fromarray(np.dstack([smooth(6, 5, 3), smooth(6, 5, 1)]), "RGBA")
    gray_alpha = Image.fromarray(np.dstack([smooth(4, 5, 1), smooth(4, 5, 2)[:, :, 1:]]), "LA")
    yield "webp-lossy", saved(rgb, "WEBP", quality=80)
    yield "webp-lossless", saved(rgb, "WEBP", lossless=True)
    yield "webp-over", saved(alpha, "WEBP", lossless=True, exact=True)
    yield "webp-exif6", saved(rgb, "WEBP", lossless=True, exif=exif(6))
    yield "jpeg-cmyk", saved(Image.fromarray(smooth(9, 14, 4), "CMYK"), "JPEG", quality=90)
    for orientation in range(1, 9):
        yield f"jpeg-exif{orientation}", saved(rgb, "JPEG", quality=90, exif=exif(orientation))
    yield "png-exif8", saved(rgb, "PNG", exif=exif(8))
    yield "png-over", saved(alpha, "PNG")
    yield "png-gray-over", saved(gray_alpha, "PNG")
    yield "png-palette", saved(rgb.quantize(16), "PNG")
    yield "png-16-bits", png_of_16_bits(np.arange(3 * 4 * 3).reshape(3, 4, 3) * 1820 % 65536)
    yield "png-gray-16-bits", png_of_16_bits(np.arange(3 * 4).reshape(3, 4, 1) * 5957 % 65536)
    jpeg = saved(Image.fromarray(smooth(8, 8, 1)[:, :, 0]), "JPEG", quality=90)
    yield "jpeg-extraneous", jpeg[:-2] + bytes(17) + jpeg[-2:]


def expected(name, data):
    image = Image.open(io.BytesIO(data))
    if "exif" in name:
        image = ImageOps.exif_transpose(image)
    if "gray-16-bits" in name:
        return np.uint8(np.asarray(image).astype(np.uint16) >> 8)
    if "over" in name:
        image = image.convert("RGBA")
        flat = Image.new("RGB", image.size, BACKGROUND)
        flat.paste(image, mask=image.getchannel("A"))
        return np.asarray(flat)
    return np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))


def main():
    for name, data in pictures():
        (FOLDER / f"{name}.bin").write_bytes(data)
        np.save(FOLDER / f"{name}.npy", np.ascontiguousarray(expected(name, data)))


if __name__ == "__main__":
    main()
