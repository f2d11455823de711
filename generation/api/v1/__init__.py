"""Our own API, `/api/v1/`. A router for each kind of thing."""

from generation.api.auth import Bearer
from generation.api.description import DESCRIPTION, DescribedAPI
from generation.api.parsing import StrictJson
from generation.api.problems import speak
from generation.api.queries import know_query

ROUTERS = {
    "projects": "What is to be shown in pictures: a title, steps in order, and how all of it shall look.",
    "imports": "A whole project, or steps for one, from a numbered list, Markdown, a table or JSON.",
    "steps": "The texts of a project, in order. Each is one picture in every style.",
    "characters": "Who, or what, must look the same in every picture: a name, a look in words, a sheet.",
    "styles": "How pictures look. A start names them by their slugs.",
    "engines": "What makes pictures: a model with its options. Every style has one; a start may name another.",
    "runs": "A project’s pictures in one style: started, watched, steered. Its `strategy` says what each picture "
    "continues from: `chained` the one before, `shots` the one before in the same shot, `cumulative` the texts of all "
    "steps so far, `independent` nothing.",
    "prompts": "What would be sent, word for word, before anything is: prompts, the pictures that go along, and what "
    "might go wrong.",
    "frames": "The place of one picture: one step in one run. It shows one of its takes.",
    "takes": "One picture that was wanted of a frame: the first, another try, or one made again. All of them stay.",
    "exports": "A project’s pictures and texts as one ZIP archive: asked for, waited for, fetched.",
    "events": "What happens in a project, page by page or while it happens. A program that also steers may open the "
    "websocket `/api/v1/projects/{id}/socket`; `docs/protocol.md`, which comes with Throughline, tells how.",
    "sessions": "One picture after the other, each made from the one before: a project that grows by one prompt at a "
    "time.",
    "staff": "Vendors’ accounts, their limits and keys, and the switches that pause calls. For tokens with the scope "
    "`admin`, of staff who have the right to it in the admin.",
}
"""By module: what its calls are about. In the order of the documentation."""

api = DescribedAPI(
    title="Throughline",
    version="1",
    description=DESCRIPTION,
    urls_namespace="v1",
    auth=Bearer(),
    parser=StrictJson(),
    docs_url=None,  # `generation.api.docs`: a page of our own
    openapi_extra={"tags": [{"name": tag, "description": words} for tag, words in ROUTERS.items()]},
)
speak(api)
api.add_decorator(know_query, mode="view")
for tag in ROUTERS:
    api.add_router("", f"generation.api.v1.{tag}.router", tags=[tag])
