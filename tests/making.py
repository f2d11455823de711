"""Rows for tests, made as people would make them."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.contrib.auth.models import User
from PIL import Image

from generation import actions, jobs
from generation.models import Account, ApiKey, Engine, Frame, Limit, StyleRun, Take
from storyboards.models import Picture, Project, Step, Style, Transition
from storyboards.pictures import check, store


def a_user(name: str = "ada", **fields: Any) -> User:
    return User.objects.filter(username=name).first() or User.objects.create_user(name, password="pass", **fields)


def an_engine(slug: str = "quick", side: int = 96, **fields: Any) -> Engine:
    """The real offline provider, on small pictures."""
    defaults = {"title": slug, "provider": "sketch", "longest_side": side, **fields}
    return Engine.objects.update_or_create(slug=slug, defaults=defaults)[0]


def a_key(secret: str = "secret-of-nobody-0001", amount: int | None = 9, seconds: int = 60, **account: Any) -> ApiKey:
    """A key in an account of its own unless one is named, with one limit: so many requests in any such window."""
    provider = account.pop("provider", "gemini")
    name = account.pop("name", f"account of {secret[-4:]}")
    owner, made = Account.objects.get_or_create(provider=provider, name=name, defaults=account)
    if made and amount is not None:
        Limit.objects.create(account=owner, amount=amount, seconds=seconds)
    key = ApiKey(account=owner, alias=f"key {secret[-4:]}")
    key.put(secret)
    key.save()
    return key


def a_paid_engine(slug: str = "paid", **fields: Any) -> Engine:
    """One whose calls need a key."""
    return an_engine(slug, side=1024, **{"provider": "gemini", "model": "gemini-3.1-flash-image", **fields})


def a_project(*texts: str, cuts: Sequence[int] = (), owner: User | None = None, **fields: Any) -> Project:
    """A project with these steps; `cuts` are the numbers of those that begin with a hard cut."""
    project = Project.objects.create(owner=owner or a_user(), **{"title": "Bird house", **fields})
    for number, text in enumerate(texts, start=1):
        cut = Transition.HARD_CUT if number in cuts else Transition.CONTINUES
        Step.objects.create(project=project, position=number, title=text, transition=cut)
    return project


def a_style(slug: str = "clear") -> Style:
    return Style.objects.get(slug=slug)


def a_run(project: Project, strategy: str = "chained", engine: Engine | None = None, style: str = "clear") -> StyleRun:
    """Started, and nothing of it made yet."""
    return actions.start(
        project, user=project.owner, styles=[a_style(style)], strategy=strategy, engine=engine or an_engine()
    )[0]


def a_picture(colour: str = "teal") -> Picture:
    """Somebody's own, stored."""
    file = BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    return store(check(file.getvalue()))


def make_all(at_most: int = 1000) -> int:
    """Do what a worker does until nothing may start; return how many takes were claimed."""
    for made in range(at_most):
        if jobs.make_next() is None:
            return made
    raise AssertionError(f"still busy after {at_most} takes")


def frame(run: StyleRun, position: int) -> Frame:
    return run.frames.get(position=position)


def newest_take(run: StyleRun, position: int) -> Take:
    return run.takes.filter(frame__position=position).latest("pk")


def statuses(run: StyleRun) -> list[str]:
    return list(run.frames.current().values_list("status", flat=True))


def a_named_key(alias: str = "main", provider: str = "sketch", account: str = "", **fields: Any) -> ApiKey:
    """A key without limits, in an account of its own unless one is named."""
    owner = Account.objects.get_or_create(provider=provider, name=account or alias)[0]
    key = ApiKey(account=owner, alias=alias, **fields)
    key.put(f"secret-of-{provider}-{owner.name}-{alias}")
    key.save()
    return key
