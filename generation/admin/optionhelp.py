"""What an engine's options may be, in words for staff, provider by provider."""

from collections.abc import Mapping

from django.utils.html import format_html, format_html_join

_GRAPH: dict[str, str] = {
    "model_file": "the model's file below the server's folder; the model's name where that is a file",
    "clip_l, t5xxl, vae": "files of the text encoders and of the VAE",
    "weight_dtype": "default, fp8_e4m3fn, fp8_e4m3fn_fast or fp8_e5m2",
    "guidance": "FLUX guidance, 0 to 100 (3.5)",
    "sampler, scheduler": "as ComfyUI names them (euler, simple)",
    "steps": "1 to 150 (20)",
    "from_picture": "img2img paints over the picture before; kontext shows it to a Kontext model",
    "denoise": "with img2img: how much may change, above 0 to 1 (0.75)",
    "teacache": "the node's threshold, true for what its authors recommend (0: without)",
    "lora_nodes": "chain of LoraLoader, or easy: the stack of ComfyUI-Easy-Use",
    "character_weight": "of character LoRAs that a call adds without a weight, 0.0 to 2.0",
}
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "comfyui": {"server": "one of the addresses in COMFYUI_HOSTS; the first where left out"} | _GRAPH,
    "runpod": {"endpoint": "main, alternative, fast, or an endpoint's own id"} | _GRAPH,
    "gemini": {
        "image_size": "this one, whatever size is asked for: 512, 1K, 2K, 4K as the model has them",
        "safety": "from which likelihood of harm on Google's filters block: BLOCK_NONE … BLOCK_LOW_AND_ABOVE, OFF",
    },
    "openai": {
        "quality": "low, medium or high (medium): what a picture costs goes by it",
        "moderation": "auto or low, for pictures from text alone",
    },
    "sketch": {
        "seconds": "how long a picture takes, 0 to 600",
        "photographic": "true: a picture weighs what a photo does",
        "fail_words, refuse_words, no_picture_words, timeout_words": "lists of words that bring such trouble",
        "fail_first": "so many attempts of each picture fail",
        "rate_limit": '{"calls": 3, "window": 20}',
    },
}
"""By provider and name, as `check_options` knows them; several that belong together share a line."""
WITH_WORKFLOW = "With a workflow there are steps, guidance and denoise, for the places it names; LoRAs are part of it."


def explained() -> str:
    """All of it, folded up."""
    return format_html(
        "{}<p>{}</p>",
        format_html_join("", '<details class="house"><summary>Options of {}</summary>{}</details>', _tables()),
        WITH_WORKFLOW,
    )


def _tables() -> list[tuple[str, str]]:
    row = "<dt><code>{}</code></dt><dd>{}</dd>"
    return [
        (provider, format_html('<dl class="placeholders">{}</dl>', format_html_join("", row, names.items())))
        for provider, names in OPTIONS.items()
    ]
