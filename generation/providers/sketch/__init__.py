"""The offline provider: pictures drawn with Pillow from a list of known things, for planning and rehearsing a board."""

from generation.providers.sketch.provider import SketchProvider

__all__ = ["SketchProvider"]
