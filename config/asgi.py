"""The web process: pages over HTTP, live progress over websockets."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from channels.sessions import SessionMiddlewareStack
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()  # sets Django up: the consumers below need its models

from generation.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": pages,
        # AllowedHostsOriginValidator would ignore scheme and port: full origins it is.
        "websocket": OriginValidator(
            SessionMiddlewareStack(URLRouter(websocket_urlpatterns)), settings.TRUSTED_ORIGINS
        ),
    }
)
