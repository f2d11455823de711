"""What a fresh installation can make pictures with, put in after every migration; existing rows are left as staff
made them."""

from functools import reduce
from importlib import import_module
from operator import or_
from typing import Any

from django.apps import AppConfig
from django.apps import apps as registry
from django.apps.registry import Apps
from django.db.models import Max, Q, Value
from django.db.models.functions import Concat

from generation.pricelists import PRICES

ENGINES: list[dict[str, Any]] = [
    {"slug": "sketch", "title": "Sketch (offline, free)", "provider": "sketch", "position": 10},
    {
        "slug": "rehearsal",
        "title": "Rehearsal (3 s a picture)",
        "provider": "sketch",
        "options": {"seconds": 3},
        "position": 20,
    },
    {
        "slug": "gemini-3-1-flash-image",
        "title": "Gemini 3.1 Flash image",
        "provider": "gemini",
        "model": "gemini-3.1-flash-image",
        "position": 30,
    },
    {
        "slug": "gemini-2-5-flash-image",
        "title": "Gemini 2.5 Flash image",
        "provider": "gemini",
        "model": "gemini-2.5-flash-image",
        "position": 40,
    },
    {
        "slug": "gpt-image-2",
        "title": "GPT image 2 (medium)",
        "provider": "openai",
        "model": "gpt-image-2",
        "options": {"quality": "medium"},
        "timeout": 300,
        "position": 50,
    },
    {
        "slug": "flux-ink-intensity",
        "title": "Ink Intensity",
        "provider": "runpod",
        "model": "flux1-dev-fp8",
        "options": {"endpoint": "main"},
        "number": 1,
        "longest_side": 1360,
        "timeout": 700,
        "position": 60,
    },
    {
        "slug": "flux-dynamic-simplicity",
        "title": "Dynamic Simplicity",
        "provider": "runpod",
        "model": "flux1-dev-fp8",
        "options": {"endpoint": "main"},
        "number": 16,
        "longest_side": 1360,
        "timeout": 700,
        "position": 70,
    },
    {
        "slug": "flux-schnell",
        "title": "FLUX schnell on RunPod (fast)",
        "provider": "runpod",
        "model": "flux1-schnell-fp8",
        "options": {"endpoint": "fast", "model_file": "flux1-schnell-fp8.safetensors", "steps": 4},
        "longest_side": 1360,
        "timeout": 700,
        "position": 80,
    },
    {
        "slug": "flux-comfyui",
        "title": "FLUX on our own ComfyUI",
        "provider": "comfyui",
        "model": "flux1-dev-fp8",
        "longest_side": 1360,
        "timeout": 700,
        "position": 90,
    },
]
"""The first is what is made by unless somebody chooses; those of vendors say what they lack."""

FILM = {"title": "FILM V3 (cinematic)", "file": "FILM-V3-FLUX.safetensors", "role": "cinematic"}
INK = {"title": "Ink Intensity (check the file’s name)", "file": "ink-intensity.safetensors"}
SIMPLE = {"title": "Dynamic Simplicity (check the file’s name)", "file": "dynamic-simplicity.safetensors"}
"""Nobody knows here what the style LoRAs' files are called on your server."""

STACKS = {"flux-ink-intensity": [INK, FILM], "flux-dynamic-simplicity": [SIMPLE, FILM]}
"""By slug of an engine, its LoRAs in order."""


GROUPS: dict[str, list[str]] = {
    "operator": [
        r"^storyboards\.view_",
        r"^generation\.view_(?!apikey|keypool|price|budget)",
        r"^generation\.(change_stylerun|change_apitoken|add_switch|delete_switch)$",
        r"^generation\.(add|change|delete)_cap$",
    ],
    "editor": [
        r"^storyboards\.(view|add|change|delete)_(project|step|stepprompt|style|character)$",
        r"^storyboards\.(view_picture|view_sharelink|change_sharelink)$",
        r"^generation\.view_(stylerun|frame|take)$",
    ],
    "finance": [
        r"^generation\.(view|add|change|delete)_(apikey|account|limit|keypool|price|budget|cap|switch)$",
        r"^generation\.view_(call|engine)$",
    ],
    "auditor": [r"^(storyboards|generation|admin|auth)\.view_"],
}
"""What staff may do, as patterns of permissions. Whoever may change runs may use every verb on pictures."""


def install_engines(sender: AppConfig, **_kwargs: object) -> None:
    """Receiver of `post_migrate`."""
    engines = sender.get_model("Engine")._default_manager
    known = {name for row in engines.values_list("slug", "number") for name in row if name is not None}
    for engine in ENGINES:
        if not known & {engine["slug"], engine.get("number")}:
            row, created = engines.get_or_create(slug=engine["slug"], defaults=engine)
            if created:
                _stack(sender, row)


def _stack(sender: AppConfig, engine: Any) -> None:
    for position, lora in enumerate(STACKS.get(engine.slug, ()), start=1):
        row, _ = sender.get_model("Lora")._default_manager.get_or_create(title=lora["title"], defaults=lora)
        engine.stack.create(lora=row, position=position)


def install_prices(sender: AppConfig, **_kwargs: object) -> None:
    """Receiver of `post_migrate`."""
    price = sender.get_model("Price")
    price._default_manager.bulk_create([price(**row) for row in PRICES], ignore_conflicts=True)


def install_keys(**_kwargs: object) -> None:
    """Receiver of the last `post_migrate`: keys may be for styles, which are there only now. The module needs the
    models, which are not when this one is imported."""
    import_module("generation.keys").sync_environment()


_newest_right: list[int] = []
"""The one that was there last before the migration that goes on, if one does."""


def note_rights(apps: Apps = registry, **_kwargs: object) -> None:
    """Receiver of `pre_migrate`: rights that are made after this are new to every group."""
    if "permission" in apps.all_models["auth"]:  # it is not before the very first migration
        rights = apps.get_model("auth", "Permission")._default_manager
        _newest_right.append(rights.aggregate(newest=Max("pk", default=0))["newest"])


def install_groups(apps: Apps = registry, **_kwargs: object) -> None:
    """Receiver of the last `post_migrate`: permissions are made app by app, and all must be there.

    A group that is there already gets the rights that this migration has brought, once: what staff take away from it
    afterwards stays away. After a flush the signal comes without `apps`, and nothing was noted before it.
    """
    newest = _newest_right.pop() if _newest_right else None
    for name, patterns in GROUPS.items():
        group, created = apps.get_model("auth", "Group")._default_manager.get_or_create(name=name)
        rights = _permissions(apps, patterns)
        if created:
            group.permissions.set(rights)
        elif newest is not None:
            group.permissions.add(*rights.filter(pk__gt=newest))


def _permissions(apps: Apps, patterns: list[str]) -> Any:
    permissions = apps.get_model("auth", "Permission")._default_manager.annotate(
        full=Concat("content_type__app_label", Value("."), "codename")
    )
    return permissions.filter(reduce(or_, (Q(full__regex=pattern) for pattern in patterns)))
