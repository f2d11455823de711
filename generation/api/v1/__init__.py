"""Our own API, `/api/v1/`. A router for each kind of thing."""

from generation.api.auth import Bearer
from generation.api.description import DESCRIPTION, DescribedAPI
from generation.api.parsing import StrictJson
from generation.api.problems import speak
from generation.api.queries import know_query

api = DescribedAPI(
    title="Throughline",
    version="1",
    description=DESCRIPTION,
    urls_namespace="v1",
    auth=Bearer(),
    parser=StrictJson(),
    docs_url=None,  # `generation.api.docs`: a page of our own
)
speak(api)
api.add_decorator(know_query, mode="view")

ROUTERS = {
    "projects": "generation.api.v1.projects.router",
    "imports": "generation.api.v1.imports.router",
    "steps": "generation.api.v1.steps.router",
    "styles": "generation.api.v1.styles.router",
    "engines": "generation.api.v1.engines.router",
    "runs": "generation.api.v1.runs.router",
    "frames": "generation.api.v1.frames.router",
    "takes": "generation.api.v1.takes.router",
    "exports": "generation.api.v1.exports.router",
    "events": "generation.api.v1.events.router",
    "sessions": "generation.api.v1.sessions.router",
    "staff": "generation.api.v1.staff.router",
}
for tag, router in ROUTERS.items():
    api.add_router("", router, tags=[tag])
