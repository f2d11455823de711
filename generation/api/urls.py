"""Where programs call: our own API, and each earlier system at its very paths."""

from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI

from generation.api import v1
from generation.api.docs import docs
from generation.api.earlier import sequences, step_images, style_runs
from generation.api.images import image

Urls = tuple[list[URLResolver | URLPattern], str, str]


def _slash_or_none(api: NinjaAPI) -> Urls:
    """Also with a slash at the end, as many programs write addresses; a name at the end reads its own."""
    patterns, app_name, namespace = api.urls
    fixed = [entry for entry in patterns if isinstance(entry, URLPattern) and _is_fixed(entry)]
    slashed = [path(f"{entry.pattern}/", entry.callback) for entry in fixed]
    return [*slashed, *patterns], app_name, namespace


def _is_fixed(entry: URLPattern) -> bool:
    return entry.name != "api-root" and not str(entry.pattern).endswith("<path:project>")


urlpatterns = [
    path("api/v1/docs", docs, name="api_docs"),
    path("api/v1/", v1.api.urls),
    path("api/", _slash_or_none(style_runs.api)),
    path("images/<int:pk>", image, name="image"),
    path("", _slash_or_none(step_images.api)),
    path("", _slash_or_none(sequences.api)),
]
