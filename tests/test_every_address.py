"""Every address of the program, asked for by everybody: a new one without a row here fails."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from generation import jobs, packing
from generation.api.auth import Caller
from generation.api.links import picture_url
from generation.models import ApiToken, Export, Scope, StyleRun, Switch
from storyboards.models import Character, Project, ShareLink, Style
from tests.making import a_project, a_run, a_user, frame, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)

ANYBODY, MEMBERS, VIEWERS, OWNERS, KNOWS_TOKEN = "anybody", "members", "viewers", "owners", "whoever knows the token"
CHIEFS = "staff with the right to it"
SELVES = "the person alone"
"""Viewers may look at the project, owners may change it; staff with all rights are both."""

ADDRESSES = {
    "login": ANYBODY,
    "api_docs": ANYBODY,
    "logout": ANYBODY,
    "password_change": MEMBERS,
    "password_change_done": MEMBERS,
    "projects": MEMBERS,
    "singles": MEMBERS,
    "trash": MEMBERS,
    "project_new": MEMBERS,
    "import_new": MEMBERS,
    "sample_add": MEMBERS,
    "queue": MEMBERS,
    "engines": MEMBERS,
    "tokens": MEMBERS,
    "token_revoke": SELVES,
    "operations": CHIEFS,
    "switch_throw": CHIEFS,
    "switch_release": CHIEFS,
    "board": VIEWERS,
    "board_changes": VIEWERS,
    "frame": VIEWERS,
    "explain": VIEWERS,
    "picture": VIEWERS,
    "concept_picture": VIEWERS,
    "concept_thumbnail": VIEWERS,
    "style_reference": MEMBERS,
    "project_edit": OWNERS,
    "characters": OWNERS,
    "character_edit": OWNERS,
    "character_delete": OWNERS,
    "character_sheet": VIEWERS,
    "character_thumbnail": VIEWERS,
    "project_delete": OWNERS,
    "project_restore": OWNERS,
    "project_import": OWNERS,
    "step_add": OWNERS,
    "step_edit": OWNERS,
    "step_save": OWNERS,
    "step_move": OWNERS,
    "step_restore": OWNERS,
    "step_split": OWNERS,
    "step_duplicate": OWNERS,
    "step_delete": OWNERS,
    "share_links": OWNERS,
    "share_visibility": OWNERS,
    "share_revoke": OWNERS,
    "prompts": OWNERS,
    "run_start": OWNERS,
    "exports": VIEWERS,
    "export_file": OWNERS,
    "run_repair": OWNERS,
    "run_verb": OWNERS,
    "frame_verb": OWNERS,
    "frame_upload": OWNERS,
    "take_verb": OWNERS,
    "share_open": KNOWS_TOKEN,
    "image": KNOWS_TOKEN,
}
STRANGERS = {
    ANYBODY: {"anonymous", "other"},
    MEMBERS: {"other"},
    VIEWERS: set[str](),
    OWNERS: set[str](),
    CHIEFS: set[str](),
    SELVES: set[str](),
    KNOWS_TOKEN: {"anonymous", "other"},
}


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name not in ("admin", "django_rq", "ninja"):  # walked by tests of their own
                yield from patterns(entry)
        else:
            yield entry


def test_every_address_has_a_row_here() -> None:
    assert {pattern.name for pattern in patterns()} == set(ADDRESSES)


@pytest.fixture
def run() -> StyleRun:
    run = a_run(a_project("a table", "an apple", owner=a_user("owner")))
    make_all()
    return run


def address(name: str, run: StyleRun) -> str:
    if name == "image":
        return signed_picture(run)
    if name == "export_file":
        return reverse(name, args=[an_export(run).pk])
    project, step = run.project, run.project.ordered_steps()[0]
    link = ShareLink.objects.create(project=project)
    token, _secret = ApiToken.objects.issue(a_user("owner"), "laptop", [])
    character = Character.objects.get_or_create(project=project, name="Mira")[0]
    of_character = ("character_edit", "character_delete", "character_sheet", "character_thumbnail")
    values: dict[str, object] = {
        **{name: [character.pk] for name in of_character},
        "token_revoke": [token.pk],
        "sample_add": ["planter"],
        "frame": [frame(run, 1).pk],
        "frame_verb": [frame(run, 1).pk, "regenerate"],
        "run_repair": [run.pk],
        "frame_upload": [frame(run, 1).pk],
        "run_verb": [run.pk, "pause"],
        "picture": [newest_take(run, 1).pk, "thumbnail"],
        "explain": [newest_take(run, 1).pk],
        "take_verb": [newest_take(run, 1).pk, "choose"],
        "share_revoke": [project.pk, link.pk],
        "share_open": [link.token()],
        "style_reference": ["consistent"],
        **{
            name: [step.pk]
            for name in (
                "step_edit",
                "step_save",
                "step_move",
                "step_duplicate",
                "step_delete",
                "step_restore",
                "step_split",
            )
        },
        **{name: [] for name, who in ADDRESSES.items() if who in (ANYBODY, MEMBERS, CHIEFS)},
    } | {"sample_add": ["planter"], "style_reference": ["consistent"]}
    return reverse(name, args=values.get(name, [project.pk]))  # type: ignore[arg-type]


def an_export(run: StyleRun) -> Export:
    """Of its owner alone, and ready."""
    export = packing.ask(run.project, run.project.owner)
    jobs.make_export(export.pk)
    return export


def signed_picture(run: StyleRun) -> str:
    token, _ = ApiToken.objects.issue(run.project.owner, "a program", [Scope.READ])
    caller = Caller(token.user, token, frozenset(token.scopes))
    return picture_url(newest_take(run, 1), caller).removeprefix(settings.PUBLIC_URL)


def visitor(kind: str) -> Client:
    client = Client()
    makers: dict[str, Callable[[], User]] = {
        "other": lambda: a_user("other"),
        "owner": lambda: a_user("owner"),
        "staff": lambda: a_user("chief", is_staff=True, is_superuser=True),
        "staff without rights": lambda: a_user("clerk", is_staff=True),
    }
    if kind in makers:
        client.force_login(makers[kind](), backend="django.contrib.auth.backends.ModelBackend")
    return client


def turned_away(status: int, location: str) -> bool:
    return status in (404, 405) or (status == 302 and location.startswith("/login/"))


@pytest.mark.parametrize("kind", ["anonymous", "other", "staff without rights"])
def test_strangers_learn_nothing_and_change_nothing(kind: str, run: StyleRun) -> None:
    client = visitor(kind)
    stranger = "other" if kind == "staff without rights" else kind
    urls = {name: address(name, run) for name in ADDRESSES if name != "logout"}
    before = everything(run)
    for name, url in urls.items():
        for method in ("get", "post"):
            answer = getattr(client, method)(url)
            assert answer.status_code < 500, (method, url)
            if stranger not in STRANGERS[ADDRESSES[name]] and ADDRESSES[name] != ANYBODY:
                assert turned_away(answer.status_code, answer.get("Location", "")), (method, url, answer.status_code)
        assert everything(run) == before, name


def everything(run: StyleRun) -> tuple[object, ...]:
    return (
        list(Project.objects.filter(pk=run.project_id).values()),
        list(run.project.steps.values()),
        list(run.takes.values()),
        list(StyleRun.objects.values()),
        list(ShareLink.objects.values()),
        list(Style.objects.values()),
        list(Switch.objects.values()),
        list(ApiToken.objects.values()),
    )


@pytest.mark.parametrize("kind", ["owner", "staff"])
def test_owners_and_chiefs_are_let_in(kind: str, run: StyleRun) -> None:
    client = visitor(kind)
    for name, who in ADDRESSES.items():
        answer = client.get(address(name, run))
        if (kind, who) in (("owner", CHIEFS), ("staff", SELVES)):
            assert answer.status_code in (404, 405), (name, answer.status_code)
            continue
        absent = name in ("concept_picture", "concept_thumbnail", "character_sheet", "character_thumbnail")
        assert answer.status_code in ((404,) if absent else (200, 302, 405)), (name, answer.status_code)
        assert not answer.get("Location", "").startswith("/login/"), name
