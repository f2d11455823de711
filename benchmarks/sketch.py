"""How long `sketch` takes for a picture, against encoding a photo of the same size in the same run.

Run with `uv run python benchmarks/sketch.py [rounds]`.
"""

import io
import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generation.providers.base import ImageRequest, Reference, ReferenceRole
from generation.providers.sketch import SketchProvider

SIDE = 1024
STEPS = (
    "An empty wooden table stands in a workshop.",
    "Two planks and a box of screws lie on the table.",
    "A carpenter comes in with a hammer.",
    "A saw and a bottle of glue.",
    "A clock hangs on the wall.",
    "A dog runs in.",
    "Red paint and a brush.",
    "Four wheels.",
    "A cat sleeps under the table.",
    "Three birds look at the finished flugelhorn.",
)
CROWDED = (
    "A castle, a red house, six trees, twelve birds, eight men, five dogs, three cats, a car, a bus, the sun, four"
    " clouds, a fence, ten flowers, two bicycles and a lighthouse before the mountains."
)


class Call:
    """A call that nobody watches."""

    id = "benchmark"
    resume = None

    def started(self, remote_id: str) -> None:
        """Nothing to store."""

    def progress(self, done: int, total: int) -> None:
        """Nobody to tell."""

    def cancelled(self) -> bool:
        """Never."""
        return False


def draw(provider: SketchProvider, look: str, *scene: str, previous: bytes = b"") -> bytes:
    """One picture."""
    references = (Reference(previous, "image/png", ReferenceRole.PREVIOUS),) if previous else ()
    request = ImageRequest(
        prompt="",
        scene=scene,
        look=look,
        width=SIDE,
        height=SIDE,
        seed=1,
        model="sketch",
        timeout=60,
        references=references,
    )
    return provider.generate(request, "", Call()).data


def photo() -> Image.Image:
    """Soft shapes with fine noise: compresses as badly as a photo does."""
    dice = random.Random(1)
    soft = Image.frombytes("RGB", (64, 64), dice.randbytes(64 * 64 * 3)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    noise = Image.frombytes("RGB", (SIDE, SIDE), dice.randbytes(SIDE * SIDE * 3))
    return Image.blend(soft.filter(ImageFilter.GaussianBlur(4)), noise, 0.06)


def encode(image: Image.Image) -> None:
    """As Pillow does by default."""
    image.save(io.BytesIO(), "PNG")


def measure(name: str, work: Callable[[], object], rounds: int) -> float:
    """Print wall and processor time in milliseconds; returns the latter, which other work disturbs less."""
    wall, busy = [], []
    for _ in range(rounds):
        start, start_busy = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - start) * 1000)
        busy.append((time.process_time() - start_busy) * 1000)
    wall.sort()
    late = wall[min(rounds - 1, int(rounds * 0.95))]
    median = statistics.median(busy)
    middle = statistics.median(wall)
    print(f"{name:<34}{middle:8.1f} ms median {late:8.1f} ms p95 {median:8.1f} ms of processor")
    return median


def main(rounds: int) -> None:
    """Print one line per kind of picture."""
    provider = SketchProvider()
    picture = photo()
    base = measure("encode a photo as PNG", lambda: encode(picture), max(3, rounds // 3))
    for look in ("illustration", "clear", "consistent", "comic"):
        chain = b""
        for text in STEPS[:-1]:
            chain = draw(provider, look, text, previous=chain)
        first = measure(f"{look}: first picture", partial(draw, provider, look, CROWDED[:32]), rounds)
        last = partial(draw, provider, look, STEPS[-1], previous=chain)
        tenth = measure(f"{look}: step 10 of a chain", last, rounds)
        full = measure(f"{look}: crowded", partial(draw, provider, look, CROWDED), rounds)
        print(f"{'':<34}{first / base:8.2f} {tenth / base:.2f} {full / base:.2f} of the photo's encoding")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
