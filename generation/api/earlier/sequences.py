"""TODO D: sequences, one picture after the other"""

from ninja import NinjaAPI

from generation.api.auth import LocalOrBearer
from generation.api.problems import speak

api = NinjaAPI(urls_namespace="sequences", auth=LocalOrBearer(), docs_url=None, openapi_url=None)
speak(api)
