"""CPU time of preparing photographs, beside Pillow and libvips, interleaved; and how like the result is to a full decode.

Called by scripts/bench-images:  compare.py PREPARE WORK ROUNDS
"""

import io
import os
import statistics
import subprocess
import sys
import time

import numpy
from PIL import Image

try:
    import pyvips

    os.environ["VIPS_CONCURRENCY"] = "1"
except (ImportError, OSError):
    pyvips = None

PREPARE, WORK, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3])
SIDE = 1024
CODES = {"JPEG": "1", "PNG": "2", "WEBP": "3"}


def photograph(width, height):
    """A picture with the grain, edges and gradients of a photograph: every run makes the same."""
    random = numpy.random.default_rng(1)
    small = random.normal(128, 60, (height // 40, width // 40, 3)).clip(0, 255).astype(numpy.uint8)
    smooth = numpy.asarray(Image.fromarray(small).resize((width, height), Image.BICUBIC)).astype(numpy.int16)
    edges = (numpy.indices((height, width)).sum(0) // 37 % 2 * 24)[..., None]
    grain = random.normal(0, 6, (height // 2, width // 2, 3)).repeat(2, 0).repeat(2, 1)
    return Image.fromarray((smooth + edges + grain).clip(0, 255).astype(numpy.uint8))


def ours(path, output):
    result = os.path.join(WORK, "result")
    run = subprocess.run([PREPARE, path, str(SIDE), CODES[output], "1", result], capture_output=True, text=True, check=True)
    return float(run.stdout)


def pillow(data, output):
    start = time.process_time()
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (SIDE, SIDE))
    image.thumbnail((SIDE, SIDE), Image.LANCZOS, reducing_gap=None)
    image.save(io.BytesIO(), output, quality=85, **({"method": 4} if output == "WEBP" else {}))
    return (time.process_time() - start) * 1e3


def vips(data, output):
    start = time.process_time()
    image = pyvips.Image.thumbnail_buffer(data, SIDE)
    image.write_to_buffer({"JPEG": ".jpg[Q=85]", "WEBP": ".webp[Q=85,effort=4]"}[output])
    return (time.process_time() - start) * 1e3


def blurred(values):
    """The weighted mean around each pixel (11 by 11, sigma 1.5)."""
    kernel = numpy.exp(-(numpy.arange(-5, 6) ** 2) / 4.5)
    kernel /= kernel.sum()
    for axis in (0, 1):
        values = numpy.apply_along_axis(lambda line: numpy.convolve(line, kernel, "valid"), axis, values)
    return values


def similarity(one, two):
    """SSIM of the luma (Wang et al., 2004)."""
    a, b = (numpy.asarray(image.convert("L")).astype(float) for image in (one, two))
    m, n = blurred(a), blurred(b)
    va, vb, c = blurred(a * a) - m * m, blurred(b * b) - n * n, blurred(a * b) - m * n
    return (((2 * m * n + 6.5025) * (2 * c + 58.5225)) / ((m * m + n * n + 6.5025) * (va + vb + 58.5225))).mean()


def quality(path):
    result = os.path.join(WORK, "result")
    subprocess.run([PREPARE, path, str(SIDE), CODES["PNG"], "1", result], capture_output=True, check=True)
    got = Image.open(result)
    return similarity(Image.open(path).convert("RGB").resize(got.size, Image.LANCZOS), got)


def main():
    twelve, twenty_four = photograph(4000, 3000), photograph(6000, 4000)
    cases = [
        ("JPEG 12 MP", twelve, "jpg", {"quality": 90}, "JPEG"),
        ("JPEG 24 MP", twenty_four, "jpg", {"quality": 90}, "JPEG"),
        ("JPEG 12 MP, progressive", twelve, "jpg", {"quality": 90, "progressive": True}, "JPEG"),
        ("PNG 12 MP", twelve, "png", {}, "JPEG"),
        ("WebP 12 MP", twelve, "webp", {"quality": 90}, "JPEG"),
        ("JPEG 12 MP to WebP", twelve, "jpg", {"quality": 90}, "WEBP"),
    ]
    print(f"CPU time to {SIDE} pixels, medians of {ROUNDS} interleaved rounds; similarity to a full decode with Lanczos")
    print(f"{'':28}{'ours':>9}{'Pillow':>9}{'libvips':>9}{'/ Pillow':>10}{'/ libvips':>10}{'SSIM':>8}")
    for name, image, extension, options, output in cases:
        path = os.path.join(WORK, f"photograph.{extension}")
        image.save(path, **options)
        data = open(path, "rb").read()
        times = {"ours": [], "pillow": [], "vips": []}
        for _ in range(ROUNDS):
            times["ours"].append(ours(path, output))
            times["pillow"].append(pillow(data, output))
            if pyvips:
                times["vips"].append(vips(data, output))
        median = {key: statistics.median(values) if values else float("nan") for key, values in times.items()}
        print(
            f"{name:28}{median['ours']:7.1f}ms{median['pillow']:7.1f}ms{median['vips']:7.1f}ms"
            f"{median['ours'] / median['pillow']:10.2f}{median['ours'] / median['vips']:10.2f}{quality(path):8.4f}",
            flush=True,
        )


main()
