"""What a fresh installation knows, put in after every migration: existing rows are left as staff made them."""

from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import AppConfig

NEXT_PANEL = """\
$references
The attached picture is the previous panel of this story. Draw the next panel, which shows now:
$step
Keep the art style and the palette of the previous panel, and its characters: the same faces, hair and clothes. \
Pose, expression, place and camera may change as the story needs it.
$transition
Whom it shows: $characters.
Style, unchanged: $look.
One panel, no frame, no lettering.
Leave out: $avoid."""
"""A story moves on: the house's own template would change one thing only, and keep the camera where it is."""

STYLES: list[dict[str, Any]] = [
    {
        "slug": "illustration",
        "title": "Illustration",
        "look": "hand-drawn editorial illustration, confident ink line, flat washes of a warm palette, paper grain",
        "avoid": "photorealism, text, watermark",
        "position": 10,
    },
    {
        "slug": "clear",
        "title": "Clear",
        "look": "clear technical drawing, even thin line, light neutral ground, few muted colours, no clutter",
        "avoid": "decoration, photorealism, text, watermark",
        "position": 20,
    },
    {
        "slug": "consistent",
        "title": "Consistent",
        "look": "cinematic storyboard frame, soft light, restrained cool palette, same faces, clothes and places",
        "avoid": "changes of costume or place, text, watermark",
        "position": 30,
    },
    {
        "slug": "comic",
        "title": "Comic",
        "look": "vibrant comic panel, bold outlines, flat saturated colours, stylised, expressive characters",
        "avoid": "photorealism, speech bubbles, lettering, watermark",
        "next_template": NEXT_PANEL,
        "position": 40,
    },
    {
        "slug": "as-written",
        "title": "As written",
        "first_template": "$step",
        "position": 900,
    },
]


REFERENCES = Path(__file__).parent / "references"
"""Pictures by the slug of the style that is made after them."""


def install_styles(sender: AppConfig, **_kwargs: object) -> None:
    """Receiver of `post_migrate`."""
    styles = sender.get_model("Style")._default_manager
    for style in STYLES:
        row, created = styles.get_or_create(slug=style["slug"], defaults=style)
        reference = REFERENCES / f"{style['slug']}.webp"
        if created and reference.exists():
            styles.filter(pk=row.pk).update(reference_picture=_store(reference.read_bytes()))


def _store(data: bytes) -> Any:
    """As every other picture. That module needs the models, which are not there yet when this one is imported."""
    pictures = import_module("storyboards.pictures")
    return pictures.store(pictures.check(data))
