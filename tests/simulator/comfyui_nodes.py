"""What the simulated ComfyUI says of its nodes (`/object_info`), and which files it has.

Choices are told in both encodings that real servers use: `[[…], {…}]` by most nodes, `["COMBO", {"options": […]}]` by
those of the third API generation.
"""

from collections.abc import Mapping
from typing import Any

FILES = {
    "diffusion_models": ["flux1-dev-fp8.safetensors", "flux1-kontext-dev-fp8.safetensors"],
    "text_encoders": ["clip_l.safetensors", "t5xxl_fp8_e4m3fn.safetensors"],
    "vae": ["ae.safetensors"],
    "loras": ["FILM-V3-FLUX.safetensors", "ink.safetensors", "people/anna.safetensors", "people/ben.safetensors"],
}
BIG = 2**64 - 1


def old(options: list[str], **config: Any) -> list[Any]:
    return [options, config]


def third(options: list[str], **config: Any) -> list[Any]:
    return ["COMBO", {"options": options, **config}]


def whole(least: int, most: int) -> list[Any]:
    return ["INT", {"default": least, "min": least, "max": most}]


def real(least: float, most: float) -> list[Any]:
    return ["FLOAT", {"default": least, "min": least, "max": most}]


TEXT = ["STRING", {"multiline": True}]
SIDE = whole(16, 16384)


def _easy_stack() -> dict[str, Any]:
    slots: dict[str, Any] = {"optional_lora_stack": ["LORA_STACK"]}
    for n in range(1, 11):
        slots[f"lora_{n}_name"] = old(["None", *FILES["loras"]])
        slots |= {f"lora_{n}{part}_strength": real(-10.0, 10.0) for part in ("", "_model", "_clip")}
    return slots


# class: (required, optional, outputs)
NODES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "UNETLoader": (
        {
            "unet_name": old(FILES["diffusion_models"]),
            "weight_dtype": old(["default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2"]),
        },
        {},
        ["MODEL"],
    ),
    "DualCLIPLoader": (
        {
            "clip_name1": old(FILES["text_encoders"]),
            "clip_name2": old(FILES["text_encoders"]),
            "type": old(["sdxl", "sd3", "flux", "hunyuan_video"]),
        },
        {"device": old(["default", "cpu"], advanced=True)},
        ["CLIP"],
    ),
    "VAELoader": ({"vae_name": old(FILES["vae"])}, {}, ["VAE"]),
    "LoraLoader": (
        {
            "model": ["MODEL"],
            "clip": ["CLIP"],
            "lora_name": old(FILES["loras"], tooltip="The name of the LoRA."),
            "strength_model": real(-100.0, 100.0),
            "strength_clip": real(-100.0, 100.0),
        },
        {},
        ["MODEL", "CLIP"],
    ),
    "ModelSamplingFlux": (
        {
            "model": ["MODEL"],
            "max_shift": real(0.0, 100.0),
            "base_shift": real(0.0, 100.0),
            "width": SIDE,
            "height": SIDE,
        },
        {},
        ["MODEL"],
    ),
    "CLIPTextEncode": ({"text": TEXT, "clip": ["CLIP"]}, {}, ["CONDITIONING"]),
    "FluxGuidance": ({"conditioning": ["CONDITIONING"], "guidance": real(0.0, 100.0)}, {}, ["CONDITIONING"]),
    "EmptySD3LatentImage": ({"width": SIDE, "height": SIDE, "batch_size": whole(1, 4096)}, {}, ["LATENT"]),
    "RandomNoise": ({"noise_seed": whole(0, BIG)}, {}, ["NOISE"]),
    "KSamplerSelect": ({"sampler_name": third(["euler", "euler_ancestral", "heun", "dpmpp_2m"])}, {}, ["SAMPLER"]),
    "BasicScheduler": (
        {
            "model": ["MODEL"],
            "scheduler": third(["simple", "normal", "karras", "beta"]),
            "steps": whole(1, 10000),
            "denoise": real(0.0, 1.0),
        },
        {},
        ["SIGMAS"],
    ),
    "BasicGuider": ({"model": ["MODEL"], "conditioning": ["CONDITIONING"]}, {}, ["GUIDER"]),
    "SamplerCustomAdvanced": (
        {
            "noise": ["NOISE"],
            "guider": ["GUIDER"],
            "sampler": ["SAMPLER"],
            "sigmas": ["SIGMAS"],
            "latent_image": ["LATENT"],
        },
        {},
        ["LATENT", "LATENT"],
    ),
    "VAEDecode": ({"samples": ["LATENT"], "vae": ["VAE"]}, {}, ["IMAGE"]),
    "VAEEncode": ({"pixels": ["IMAGE"], "vae": ["VAE"]}, {}, ["LATENT"]),
    "LoadImage": ({"image": old(["example.png"], image_upload=True)}, {}, ["IMAGE", "MASK"]),
    "ImageScale": (
        {
            "image": ["IMAGE"],
            "upscale_method": old(["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]),
            "width": whole(0, 16384),
            "height": whole(0, 16384),
            "crop": old(["disabled", "center"]),
        },
        {},
        ["IMAGE"],
    ),
    "SetLatentNoiseMask": ({"samples": ["LATENT"], "mask": ["MASK"]}, {}, ["LATENT"]),
    "FluxKontextImageScale": ({"image": ["IMAGE"]}, {}, ["IMAGE"]),
    "ReferenceLatent": ({"conditioning": ["CONDITIONING"]}, {"latent": ["LATENT"]}, ["CONDITIONING"]),
    "SaveImage": ({"images": ["IMAGE"], "filename_prefix": ["STRING", {"default": "ComfyUI"}]}, {}, []),
    "PreviewImage": ({"images": ["IMAGE"]}, {}, []),
    "easy loraStack": (
        {"toggle": ["BOOLEAN", {}], "mode": old(["simple", "advanced"]), "num_loras": whole(1, 10)},
        _easy_stack(),
        ["LORA_STACK"],
    ),
    "easy loraStackApply": (
        {"lora_stack": ["LORA_STACK"], "model": ["MODEL"]},
        {"optional_clip": ["CLIP"]},
        ["MODEL", "CLIP"],
    ),
    "TeaCache": (
        {
            "model": ["MODEL"],
            "model_type": old(["flux", "flux-kontext"]),
            "rel_l1_thresh": real(0.0, 10.0),
            "start_percent": real(0.0, 1.0),
            "end_percent": real(0.0, 1.0),
            "cache_device": old(["cuda", "cpu"]),
        },
        {},
        ["MODEL"],
    ),
}
SAVERS = ("SaveImage", "PreviewImage")


def object_info() -> Mapping[str, Any]:
    """As the server tells it."""
    return {
        name: {
            "input": {"required": required, "optional": optional, "hidden": {}},
            "input_order": {"required": list(required), "optional": list(optional)},
            "output": outputs,
            "output_node": name in SAVERS,
            "name": name,
            "display_name": name,
            "category": "simulated",
        }
        for name, (required, optional, outputs) in NODES.items()
    }
