"""TODO A: step images of a chain, polled"""

from ninja import NinjaAPI

from generation.api.auth import LocalOrBearer
from generation.api.problems import speak

api = NinjaAPI(urls_namespace="step_images", auth=LocalOrBearer(), docs_url=None, openapi_url=None)
speak(api)
