"""TODO C: style runs over server-sent events"""

from ninja import NinjaAPI

from generation.api.auth import LocalOrBearer
from generation.api.problems import speak

api = NinjaAPI(urls_namespace="style_runs", auth=LocalOrBearer(), docs_url=None, openapi_url=None)
speak(api)
