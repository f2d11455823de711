"""ComfyUI graphs in the API format: a FLUX graph built from options, or a workflow of one's own with its places filled.

Pure: nothing is sent, nothing is read from disk. A graph is `{node id: {"class_type": …, "inputs": {…}}}`; an input is
a value or a link `[node id, output number]`.
"""

from collections.abc import Mapping

from generation.errors import InvalidRequest
from generation.providers.base import Capabilities, ImageRequest, Reference, ReferenceRole
from generation.providers.graphs import filling, flux
from generation.providers.graphs.values import Graph, Wanted

__all__ = ["Graph", "abilities", "build", "check_options", "output_node", "wanted"]

LEAST_SIDE, MOST_SIDE, SIDE_STEP = 64, 2048, 16
"""Pixels. FLUX packs 16 × 16 of them: other sizes come back smaller than asked for."""
MOST_SEED = 2**64 - 1
MOST_CHARACTERS = 2_000
"""Of a prompt: FLUX reads 512 tokens of it, and what is beyond them changes little."""
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def build(options: Mapping[str, object], picture: Wanted) -> Graph:
    """The graph that makes this picture. Raises InvalidRequest for options, sizes and places that make no sense."""
    _check(picture)
    if "workflow" in options:
        return filling.fill(options, picture)
    return flux.build(flux.parse(options), picture)


def wanted(request: ImageRequest, names: Mapping[int, str] | None = None) -> Wanted:
    """What the graph must know of a request. `names`: what the server calls the references, by their position; those
    it has no name for yet get one of the position alone."""
    places = {n: (names or {}).get(n, file_name("reference", n, ref.content_type)) for n, ref in _numbered(request)}
    masks = [places[n] for n, reference in _numbered(request) if reference.role == ReferenceRole.MASK]
    pictures = [n for n, reference in _numbered(request) if reference.role != ReferenceRole.MASK]
    return Wanted(
        prompt=request.prompt,
        width=request.width,
        height=request.height,
        seed=request.seed,
        pictures=tuple(places[n] for n in pictures),
        mask=masks[0] if masks else "",
        model=request.model,
    )


def file_name(call: str, position: int, content_type: str) -> str:
    """What a reference is uploaded as; unique wherever `call` is."""
    return f"{call}-{position + 1}.{SUFFIXES.get(content_type, 'png')}"


def check_options(options: Mapping[str, object], others: tuple[str, ...] = ()) -> None:
    """Raise InvalidRequest, in words for staff, where a graph cannot be built from an engine's options. `others`: the
    names of options that the provider itself looks at."""
    known = (*others, *(filling.NAMES if "workflow" in options else flux.NAMES))
    for name in options:
        if name not in known:
            raise InvalidRequest(f"Unknown option “{name:.60}”. There are: {', '.join(known)}.")
    if "workflow" in options:
        filling.check_options(options)
    else:
        flux.parse(options)


def abilities(options: Mapping[str, object]) -> Capabilities:
    """What the graph of these options can do. Options that make no sense get the least."""
    try:
        most, seeds = _references(options)
    except InvalidRequest:
        most, seeds = 0, True
    return Capabilities(
        max_references=most,
        min_side=LEAST_SIDE,
        max_side=MOST_SIDE,
        seeds=seeds,
        masks=_masks(options),
        paints_over=_paints_over(options),
        max_prompt=MOST_CHARACTERS,
    )


def output_node(options: Mapping[str, object]) -> str:
    """The node whose picture counts, or nothing where any will do."""
    return filling.output_node(options) if "workflow" in options else ""


def _references(options: Mapping[str, object]) -> tuple[int, bool]:
    if "workflow" in options:
        return filling.reference_places(options), filling.has_place(options, "seed")
    return flux.MOST_PICTURES[flux.parse(options).from_picture], True


def _paints_over(options: Mapping[str, object]) -> bool:
    """A workflow of one's own does what it likes with its pictures."""
    return "workflow" not in options and options.get("from_picture", flux.FluxOptions.from_picture) == "img2img"


def _masks(options: Mapping[str, object]) -> bool:
    return filling.has_place(options, "mask") if "workflow" in options else _paints_over(options)


def _numbered(request: ImageRequest) -> list[tuple[int, Reference]]:
    return list(enumerate(request.references))


def _check(picture: Wanted) -> None:
    for side in (picture.width, picture.height):
        if not LEAST_SIDE <= side <= MOST_SIDE or side % SIDE_STEP:
            raise InvalidRequest(
                f"A picture of {picture.width} × {picture.height} pixels cannot be made: each side must be a multiple "
                f"of {SIDE_STEP} from {LEAST_SIDE} to {MOST_SIDE}."
            )
    if not 0 <= picture.seed <= MOST_SEED:
        raise InvalidRequest(f"The seed {picture.seed} cannot be used: it must be from 0 to 2⁶⁴−1.")
