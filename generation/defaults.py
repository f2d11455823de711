"""What a fresh installation can make pictures with, put in after every migration; existing rows are left as staff
made them."""

from typing import Any

from django.apps import AppConfig

ENGINES: list[dict[str, Any]] = [
    {
        "slug": "sketch",
        "title": "Sketch (offline, free)",
        "provider": "sketch",
        "position": 10,
    },
    {
        "slug": "rehearsal",
        "title": "Rehearsal (sketch, three seconds a picture)",
        "provider": "sketch",
        "options": {"seconds": 3},
        "position": 20,
    },
]


def install_engines(sender: AppConfig, **_kwargs: object) -> None:
    """Receiver of `post_migrate`."""
    engines = sender.get_model("Engine")._default_manager
    for engine in ENGINES:
        engines.get_or_create(slug=engine["slug"], defaults=engine)
