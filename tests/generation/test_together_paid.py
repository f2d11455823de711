"""Everybody at once where it costs money: two engines share accounts and stand in for each other, while staff change
limits, budgets, keys and the switch.

No two wait for each other, no account is asked more than it allows, and no budget is overdrawn at any moment.
"""

import itertools
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from generation import actions, dispatch, holds, keys, money, settle
from generation.errors import KeyRefused, NotAllowed, ProviderError, RateLimited, Unavailable
from generation.models import (
    Account,
    ApiKey,
    Budget,
    Call,
    Engine,
    Event,
    Frame,
    Limit,
    Outcome,
    Period,
    Price,
    Status,
    StyleRun,
    Switch,
    Take,
    Worker,
)
from generation.models.clock import database_now
from generation.providers.base import ImageResult
from storyboards.models import Picture
from tests.admin_rows import a_picture
from tests.crowd import Crowd
from tests.making import a_key, a_paid_engine, a_project, a_run, a_style, a_user

pytestmark = pytest.mark.django_db(transaction=True)

Done = TypeVar("Done")

STYLES = ("clear", "comic", "illustration")
AT_MOST = 12
"""Calls of an account in any second, however staff change its limit."""
PICTURE = Decimal("0.01")
TROUBLES: tuple[Callable[[], ProviderError], ...] = (
    lambda: RateLimited("slow down", retry_after=0.05),
    lambda: RateLimited("slow down", retry_after=0.05, amount=AT_MOST - 4),
    lambda: KeyRefused("not this key"),
    lambda: NotAllowed("not this model"),
    Unavailable,
)


class House:
    """Two people with a project each; two accounts with two keys each; little money, which staff add to."""

    def __init__(self) -> None:
        self.worker = Worker.objects.create(name="w", threads=4, heartbeat_at=database_now())
        self.picture: Picture = a_picture()
        self.troubles = itertools.cycle(TROUBLES)
        self.engines = self._engines()
        self.styles = [a_style(slug) for slug in STYLES]
        self.projects = [a_project(*("bird",) * 5, owner=a_user(name)) for name in ("ada", "ben")]
        for account in ("north", "south"):
            for number in (1, 2):
                a_key(f"secret-of-{account}-{number:04}", amount=AT_MOST, seconds=1, name=account)
        Price.objects.all().delete()
        Price.objects.create(provider="gemini", per_picture=PICTURE)
        first = self.projects[0]
        for whose in ({"project": first}, {"user": first.owner}, {"period": Period.DAY}):
            Budget.objects.create(amount=PICTURE * 5, **whose)

    def _engines(self) -> list[Engine]:
        one = a_paid_engine("one", max_parallel=100, max_attempts=1)
        other = a_paid_engine("other", max_parallel=100, max_attempts=1, model="gemini-2.5-flash-image", fallback=one)
        Engine.objects.filter(pk=one.pk).update(fallback=other)
        return [one, other]

    # --- workers ---

    def make(self) -> None:
        claim = dispatch.claim(self.worker)
        time.sleep(random.random() / 20)
        if claim is not None and random.random() < 0.4:
            settle.failed(claim, next(self.troubles)(), 0.1)
        elif claim is not None:
            self.answer(claim)

    def answer(self, claim: dispatch.Claim) -> None:
        result = ImageResult(b"", self.picture.content_type)
        settle.completed(claim, settle.Made(result, self.picture, "", "", None, 0.1))

    def keep_time(self) -> None:
        holds.release()
        settle.return_expired()
        dispatch.renew_leases(self.worker)

    def crash(self) -> None:
        take = Take.objects.filter(status=Status.GENERATING).order_by("?").first()
        if take is not None:
            Take.objects.filter(pk=take.pk, status=Status.GENERATING).update(lease_until=database_now())
            settle.return_expired()

    # --- people ---

    def generate(self) -> None:
        """A new run has its budget before anything of it may start."""
        with transaction.atomic():
            runs = actions.start(
                random.choice(self.projects),
                user=None,
                styles=random.sample(self.styles, 2),
                strategy=random.choice(["chained", "independent"]),
                engine=random.choice(self.engines),
                fresh=random.random() < 0.3,
            )
            for run in runs:
                Budget.objects.get_or_create(run=run, defaults={"amount": PICTURE * 2})

    def press(self) -> None:
        run = StyleRun.objects.order_by("?").first()
        if run is not None:
            verbs = [
                actions.pause,
                actions.resume,
                actions.resume,
                actions.resume,
                actions.retry_failed,
                actions.cancel,
            ]
            random.choice(verbs)(run, None)

    def press_frame(self) -> None:
        frame = Frame.objects.order_by("?").first()
        if frame is not None:
            random.choice([actions.regenerate, actions.regenerate_following, actions.cancel_frame])(frame, None)

    # --- staff ---

    def look_after_accounts(self) -> None:
        with transaction.atomic():
            account = random.choice(Account.objects.all())
            account.save()
            for limit in account.limits.exclude(amount=0):
                limit.amount, limit.burst = random.randint(AT_MOST // 2, AT_MOST), 0
                limit.save()
        Limit.objects.filter(amount=0).delete()
        for key in ApiKey.objects.filter(enabled=False):
            keys.enable(key)

    def give_money(self) -> None:
        """A little here and there, and to all who share a budget more often."""
        for budget in (random.choice(Budget.objects.filter(run=None)), random.choice(Budget.objects.all())):
            Budget.objects.filter(pk=budget.pk).update(amount=F("amount") + PICTURE * 8)

    def throw_the_switch(self) -> None:
        provider = random.choice(["", "gemini"])
        actions.throw_switch(provider, user=None)
        actions.release_switch(provider, user=None)

    # --- promises ---

    def count_money(self) -> None:
        """Budgets only grow here, so what was spent a moment ago is within what there is now."""
        for budget in Budget.objects.all():
            spent = money.spent(budget, database_now())
            assert spent <= Budget.objects.get(pk=budget.pk).amount, budget

    def count_calls(self) -> None:
        second = timedelta(seconds=1)
        for account in Account.objects.all():
            starts = list(Call.objects.filter(account=account).order_by("sent_at").values_list("sent_at", flat=True))
            crowded = [(a, b) for a, b in zip(starts, starts[AT_MOST:], strict=False) if b - a < second]
            assert starts
            assert not crowded, account

    def make_the_rest(self) -> None:
        """With keys, money and time, and nobody who presses buttons, every run comes to its end."""
        for rows in (Switch, Budget, Limit):
            rows.objects.all().delete()
        ApiKey.objects.update(enabled=True)
        for run in StyleRun.objects.filter(status="paused"):
            actions.resume(run, None)
        Take.objects.filter(status=Status.GENERATING).update(lease_until=database_now())
        settle.return_expired()
        holds.release()
        Take.objects.update(not_before=None)
        for claim in iter(dispatch.claim, None):
            self.answer(claim)
        assert not StyleRun.objects.active().exists()


ENDS = {"", "rate_limited", "key_refused", "not_allowed", "unavailable", "outcome_unknown"}


def enough_has_happened() -> bool:
    ended = set(Call.objects.exclude(outcome=Outcome.SENT).values_list("error_code", flat=True))
    kinds = set(Event.objects.values_list("kind", flat=True))
    elsewhere = Take.objects.filter(engine__isnull=False, status=Status.COMPLETED)
    return ended >= ENDS and kinds >= {"run.held", "run.released"} and elsewhere.exists() and Call.objects.count() > 40


def test_accounts_and_budgets_hold_in_a_crowd_that_nobody_waits_in_for_ever() -> None:
    house = House()
    crowd = Crowd()
    crowd.add(house.make, times=6)
    people = (house.generate, house.generate, house.press, house.press_frame)
    for part in (*people, house.give_money, house.keep_time, house.keep_time, house.count_money):
        crowd.add(part, pause=0.05)
    for part in (house.crash, house.look_after_accounts):
        crowd.add(part, pause=0.2)
    crowd.add(house.throw_the_switch, times=2, pause=0.5)
    crowd.run(seconds=60, until=enough_has_happened)
    assert enough_has_happened()
    house.count_calls()
    house.count_money()
    house.make_the_rest()


# --- one after the other ---------------------------------------------------------------------------------------------


class Pausing:
    """Stops a claim or an end where it writes to a table, so that something else can come in between."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.reached = {"before": threading.Event(), "after": threading.Event()}

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(f'UPDATE "generation_{self.table}"'):
            return execute(sql, params, many, context)
        self._pause("before")
        result = execute(sql, params, many, context)
        self._pause("after")
        return result

    def _pause(self, when: str) -> None:
        self.reached[when].set()
        time.sleep(0.2)

    def do(self, act: Callable[[], Done]) -> Done:
        try:
            with connection.execute_wrapper(self):
                return act()
        finally:
            connection.close()


def refuse(claim: dispatch.Claim) -> None:
    settle.failed(claim, RateLimited("slow down", retry_after=60), 0.1)


def lose(claim: dispatch.Claim) -> None:
    Take.objects.filter(pk=claim.take_id).update(lease_until=database_now())
    assert settle.return_expired() == 1


@pytest.mark.parametrize(("end", "when"), [(refuse, "before"), (lose, "after")])
def test_an_end_on_one_engine_and_a_claim_on_another_use_the_same_account(
    end: Callable[[dispatch.Claim], None], when: str
) -> None:
    key = a_key(amount=100)
    one = a_paid_engine("one", max_attempts=1, fallback=a_paid_engine("other"))
    a_run(a_project("bird", "cat"), "independent", one)
    ended, elsewhere = (dispatch.claim() for _ in range(2))
    assert ended is not None
    assert elsewhere is not None
    settle.failed(elsewhere, Unavailable(), 0.1)
    pausing = Pausing("apikey")
    with ThreadPoolExecutor(1) as pool:
        claimed = pool.submit(pausing.do, dispatch.claim)
        assert pausing.reached[when].wait(10)
        end(ended)
        again = claimed.result()
    assert again is not None
    assert again.take_id == elsewhere.take_id
    assert ApiKey.objects.get(pk=key.pk).last_error != ""


def test_an_answer_comes_while_its_lease_is_taken_back() -> None:
    a_key(amount=100)
    run = a_run(a_project("bird"), "independent", a_paid_engine())
    claim = dispatch.claim()
    assert claim is not None
    Take.objects.update(lease_until=database_now())
    result = ImageResult(b"", "image/webp")
    made = settle.Made(result, a_picture(), "", "", None, 0.1)
    pausing = Pausing("call")
    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(pausing.do, lambda: settle.completed(claim, made))
        assert pausing.reached["before"].wait(10)
        assert settle.return_expired() == 0
        assert answered.result() == claim.take_id
    assert run.takes.get().status == Status.COMPLETED


def test_a_refusal_is_written_where_claims_write_first() -> None:
    """Its key before its call: claims lock accounts before runs, and calls after them."""
    a_key(amount=100)
    a_run(a_project("bird"), "independent", a_paid_engine())
    claim = dispatch.claim()
    assert claim is not None
    with CaptureQueriesContext(connection) as asked:
        refuse(claim)
    written = [query["sql"].split('"')[1] for query in asked if query["sql"].startswith("UPDATE")]
    assert written.index("generation_apikey") < written.index("generation_call") < written.index("generation_take")


def test_the_switch_tells_projects_in_an_order_that_stays() -> None:
    """Two may throw it at once, and each would wait for the other."""
    a_key(amount=100)
    engine = a_paid_engine()
    projects = [a_project("bird"), a_project("cat")]
    for project in projects:
        a_run(project, "independent", engine)
    for edited in projects:
        edited.save()
        before = Event.objects.count()
        actions.throw_switch("gemini", user=None)
        actions.release_switch("gemini", user=None)
        told = list(Event.objects.order_by("pk").values_list("project", flat=True))[before:]
        assert told == [project.pk for project in projects] * 2
