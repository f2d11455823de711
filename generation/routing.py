"""Websocket addresses."""

from typing import Any

from django.urls import path

from generation.consumers import ProjectConsumer

consumer: Any = ProjectConsumer.as_asgi()  # Django's stubs know views only
websocket_urlpatterns: list[Any] = [path("ws/projects/<int:pk>/", consumer)]
