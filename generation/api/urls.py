"""Where programs call: our own API, and each earlier system at its very paths."""

from django.urls import path

from generation.api import v1
from generation.api.docs import docs
from generation.api.earlier import sequences, step_images, style_runs
from generation.api.images import image

urlpatterns = [
    path("api/v1/docs", docs, name="api_docs"),
    path("api/v1/", v1.api.urls),
    path("api/", style_runs.api.urls),
    path("images/<int:pk>", image, name="image"),
    path("", step_images.api.urls),
    path("", sequences.api.urls),
]
