"""Websocket addresses."""

from typing import Any

from django.urls import path

from generation.consumers import PageConsumer, ProgramConsumer

page: Any = PageConsumer.as_asgi()  # Django's stubs know views only
program: Any = ProgramConsumer.as_asgi()

pages: list[Any] = [path("ws/projects/<int:pk>/", page)]
"""For our own pages: by cookie, so from our own origins alone."""
programs: list[Any] = [path("api/v1/projects/<int:pk>/socket", program)]
"""For programs: by token, from anywhere."""
