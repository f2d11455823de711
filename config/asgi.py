"""The web process: pages over HTTP, live progress over websockets."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from channels.sessions import SessionMiddlewareStack
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()  # sets Django up: the consumers below need its models

from generation import routing  # noqa: E402

# AllowedHostsOriginValidator would ignore scheme and port: full origins it is.
own_pages: Any = OriginValidator(SessionMiddlewareStack(URLRouter(routing.pages)), settings.TRUSTED_ORIGINS)

application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": URLRouter([*routing.programs, re_path("", own_pages)]),
    }
)
