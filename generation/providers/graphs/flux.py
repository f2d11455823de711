"""The FLUX graph: text, up to ten LoRAs, and pictures to start from.

Kinds and names of nodes and inputs are those of ComfyUI; LoRA stacks in the manner of ComfyUI-Easy-Use and TeaCache
need those custom nodes on the server.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from generation.errors import InvalidRequest
from generation.providers.graphs import strengths, values
from generation.providers.graphs.strengths import Lora
from generation.providers.graphs.values import Graph, Link, Wanted

MODEL_FILE = "flux1-dev-fp8.safetensors"
WEIGHT_TYPES = ("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2")
MODEL_ENDINGS = (".safetensors", ".sft", ".gguf")
TEACACHE = {"img2img": 0.4, "kontext": 0.22}
"""Thresholds that the node's authors recommend, and its words for the two kinds of model."""
TEACACHE_TYPES = {"img2img": "flux", "kontext": "flux-kontext"}
MOST_PICTURES = {"img2img": 1, "kontext": 4}
PREFIX = "throughline"
PREVIEW_PROMPT = "The text of the picture"


@dataclass(frozen=True)
class FluxOptions:
    """All FLUX options of an engine; each may be left out.

    Files are names below the server's model folders. `guidance` 0 … 100, `steps` 1 … 150, `denoise` above 0 … 1: how
    much of a picture that is continued may change (img2img alone). `from_picture`: "img2img" paints over the picture
    before, "kontext" shows it to a Kontext model. `teacache`: the node's threshold, 0 = without, true = as its authors
    recommend. `lora_nodes`: "chain" of LoraLoader, or "easy" for the stack of ComfyUI-Easy-Use, which applies the text
    half of the last LoRA only. `character_weight` 0 … 2: of characters that a call adds without a weight, in place
    of the LoRAs' own.
    """

    model_file: str = MODEL_FILE
    clip_l: str = "clip_l.safetensors"
    t5xxl: str = "t5xxl_fp8_e4m3fn.safetensors"
    vae: str = "ae.safetensors"
    weight_dtype: str = "default"
    guidance: float = 3.5
    sampler: str = "euler"
    scheduler: str = "simple"
    steps: int = 20
    denoise: float = 0.75
    from_picture: str = "img2img"
    teacache: float = 0.0
    lora_nodes: str = "chain"
    loras: tuple[Lora, ...] = ()
    character_weight: float | None = None


NAMES = tuple(field.name for field in fields(FluxOptions))
READERS: dict[str, Callable[[str, object], object]] = {
    "model_file": values.file,
    "clip_l": values.file,
    "t5xxl": values.file,
    "vae": values.file,
    "weight_dtype": lambda name, value: values.one_of(name, value, WEIGHT_TYPES),
    "guidance": lambda name, value: values.number(name, value, 0.0, 100.0),
    "sampler": values.word,
    "scheduler": values.word,
    "steps": lambda name, value: values.whole(name, value, 1, 150),
    "denoise": lambda name, value: values.number(name, value, 0.01, 1.0),
    "from_picture": lambda name, value: values.one_of(name, value, tuple(TEACACHE)),
    "lora_nodes": lambda name, value: values.one_of(name, value, ("chain", "easy")),
    "loras": lambda _, value: strengths.parse(value),
    "character_weight": lambda name, value: values.number(name, value, strengths.LEAST_WEIGHT, strengths.MOST_WEIGHT),
}


def parse(options: Mapping[str, object]) -> FluxOptions:
    """The FLUX options among an engine's. Raises InvalidRequest, in words for staff, for one that makes no sense."""
    read: dict[str, Any] = {name: reader(name, options[name]) for name, reader in READERS.items() if name in options}
    teacache = options.get("teacache")
    if teacache is True:
        teacache = TEACACHE[read.get("from_picture", "img2img")]
    read["teacache"] = values.number("teacache", teacache or 0.0, 0.0, 2.0)
    return FluxOptions(**read)


def build(options: FluxOptions, picture: Wanted) -> Graph:
    """The whole graph, from the loaders to the saved picture."""
    sheet = Sheet()
    model, clip, vae = _loaders(sheet, options, picture.model)
    model, clip = LORA_NODES[options.lora_nodes](sheet, model, clip, strengths.lora_strengths(options.loras))
    model = _sampling(sheet, _teacache(sheet, options, model), picture)
    conditioning = sheet.add("CLIPTextEncode", text=picture.prompt, clip=clip)
    latent, conditioning, denoise = _start(sheet, options, picture, vae, conditioning)
    guided = sheet.add("FluxGuidance", conditioning=conditioning, guidance=options.guidance)
    sampled = sheet.add(
        "SamplerCustomAdvanced",
        noise=sheet.add("RandomNoise", noise_seed=picture.seed),
        guider=sheet.add("BasicGuider", model=model, conditioning=guided),
        sampler=sheet.add("KSamplerSelect", sampler_name=options.sampler),
        sigmas=sheet.add(
            "BasicScheduler", model=model, scheduler=options.scheduler, steps=options.steps, denoise=denoise
        ),
        latent_image=latent,
    )
    sheet.add("SaveImage", images=sheet.add("VAEDecode", samples=sampled, vae=vae), filename_prefix=PREFIX)
    return sheet.nodes


def preview(options: Mapping[str, object], width: int, height: int) -> Graph:
    """The graph of a picture from text alone, with seed 0, for people who look at an engine."""
    return build(parse(options), Wanted(PREVIEW_PROMPT, width, height, 0))


def lora_strengths(loras: object) -> list[tuple[str, str, float]]:
    """File, role and strength of an option's LoRAs, in the order of the stack."""
    return strengths.lora_strengths(strengths.parse(loras))


class Sheet:
    """A graph that is being written; ids count from 1."""

    def __init__(self) -> None:
        self.nodes: Graph = {}

    def add(self, class_type: str, /, **inputs: object) -> Link:
        """Add a node and return a link to its first output."""
        node_id = str(len(self.nodes) + 1)
        self.nodes[node_id] = {"class_type": class_type, "inputs": inputs}
        return [node_id, 0]


def second(link: Link) -> Link:
    return [link[0], 1]


def _loaders(sheet: Sheet, options: FluxOptions, model: str) -> tuple[Link, Link, Link]:
    """An engine whose model is a file's name means that file, unless its options name one."""
    named = options.model_file == MODEL_FILE and model.endswith(MODEL_ENDINGS)
    model_file = values.file("model", model) if named else options.model_file
    return (
        sheet.add("UNETLoader", unet_name=model_file, weight_dtype=options.weight_dtype),
        sheet.add("DualCLIPLoader", clip_name1=options.clip_l, clip_name2=options.t5xxl, type="flux"),
        sheet.add("VAELoader", vae_name=options.vae),
    )


def _chain(sheet: Sheet, model: Link, clip: Link, loras: list[tuple[str, str, float]]) -> tuple[Link, Link]:
    for name, _, strength in loras:
        model = sheet.add(
            "LoraLoader", model=model, clip=clip, lora_name=name, strength_model=strength, strength_clip=strength
        )
        clip = second(model)
    return model, clip


def _easy(sheet: Sheet, model: Link, clip: Link, loras: list[tuple[str, str, float]]) -> tuple[Link, Link]:
    """Slots in use only: the node checks the files of all it is sent."""
    if not loras:
        return model, clip
    slots: dict[str, object] = {}
    for n, (name, _, strength) in enumerate(loras, 1):
        slots |= {f"lora_{n}_name": name, f"lora_{n}_strength": strength}
        slots |= {f"lora_{n}_model_strength": strength, f"lora_{n}_clip_strength": strength}
    stack = sheet.add("easy loraStack", toggle=True, mode="simple", num_loras=len(loras), **slots)
    applied = sheet.add("easy loraStackApply", lora_stack=stack, model=model, optional_clip=clip)
    return applied, second(applied)


LORA_NODES = {"chain": _chain, "easy": _easy}


def _teacache(sheet: Sheet, options: FluxOptions, model: Link) -> Link:
    if not options.teacache:
        return model
    return sheet.add(
        "TeaCache",
        model=model,
        model_type=TEACACHE_TYPES[options.from_picture],
        rel_l1_thresh=options.teacache,
        start_percent=0.0,
        end_percent=1.0,
        cache_device="cuda",
    )


def _sampling(sheet: Sheet, model: Link, picture: Wanted) -> Link:
    size = {"width": picture.width, "height": picture.height}
    return sheet.add("ModelSamplingFlux", model=model, max_shift=1.15, base_shift=0.5, **size)


def _start(
    sheet: Sheet, options: FluxOptions, picture: Wanted, vae: Link, conditioning: Link
) -> tuple[Link, Link, float]:
    """What sampling starts from: latent, conditioning, denoise."""
    most = MOST_PICTURES[options.from_picture]
    if len(picture.pictures) > most:
        raise InvalidRequest(f"“{options.from_picture}” takes {most} pictures at most, not {len(picture.pictures)}.")
    if picture.pictures and options.from_picture == "img2img":
        return _over(sheet, picture, vae), conditioning, options.denoise
    if picture.mask:
        raise InvalidRequest("A mask needs the picture that it belongs to, and “from_picture”: “img2img”.")
    empty = sheet.add("EmptySD3LatentImage", width=picture.width, height=picture.height, batch_size=1)
    for name in picture.pictures:
        scaled = sheet.add("FluxKontextImageScale", image=sheet.add("LoadImage", image=name))
        latent = sheet.add("VAEEncode", pixels=scaled, vae=vae)
        conditioning = sheet.add("ReferenceLatent", conditioning=conditioning, latent=latent)
    return empty, conditioning, 1.0


def _over(sheet: Sheet, picture: Wanted, vae: Link) -> Link:
    """The picture before at the wanted size; what is transparent in the mask may change, or all of it."""
    size = {"width": picture.width, "height": picture.height}
    loaded = sheet.add("LoadImage", image=picture.pictures[0])
    scaled = sheet.add("ImageScale", image=loaded, upscale_method="lanczos", crop="center", **size)
    latent = sheet.add("VAEEncode", pixels=scaled, vae=vae)
    if not picture.mask:
        return latent
    mask = second(sheet.add("LoadImage", image=picture.mask))
    return sheet.add("SetLatentNoiseMask", samples=latent, mask=mask)
