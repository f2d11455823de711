"""Random verbs, failures and crashes: whatever people and machines do, the promises hold."""

import contextlib
import secrets
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from generation import actions, dispatch, gates, holds, money, planning, runner, settle
from generation.errors import KeyRefused, NotAllowed, ProviderError, RateLimited, Refusal
from generation.models import (
    OPEN,
    ApiKey,
    Budget,
    Call,
    Engine,
    Event,
    Frame,
    Limit,
    Outcome,
    Price,
    Status,
    StyleRun,
    Switch,
    Take,
)
from generation.planning import Variation
from generation.providers.sketch import SketchProvider
from generation.verbs import FRAME_VERBS, RUN_VERBS, TAKE_VERBS
from storyboards.models import Step
from tests.making import a_key, a_picture, a_project, a_style, a_user, an_engine

WORDS = ("table", "apple", "cat", "lamp", "bird")


class Machine(RuleBasedStateMachine):
    """One project of a few steps; workers are the claims that somebody holds."""

    held = Bundle("held")

    @initialize(strategy=st.sampled_from(["chained", "shots", "cumulative", "independent"]))
    def begin(self, strategy: str) -> None:
        StyleRun.objects.all().update(status="cancelled")
        Take.objects.filter(status__in=OPEN).update(status=Status.CANCELLED)
        Call.objects.filter(outcome=Outcome.SENT).update(outcome=Outcome.UNKNOWN)
        self.strategy = strategy
        self.engine = an_engine(side=64, max_attempts=2, max_parallel=3, cooling_until=None, options={})
        self.project = a_project(*WORDS[:4], cuts=[3])
        self.pictures: dict[int, str] = {}
        self.locked: dict[int, int] = {}
        self.own = a_picture()
        self.start()

    # --- people ---

    def attempt(self, verb: Any, *args: Any, **options: Any) -> None:
        with contextlib.suppress(Refusal):
            verb(*args, **options)

    @rule()
    def start(self) -> None:
        self.begin_run(planning.AS_USUAL)

    @rule(
        gate=st.sampled_from(["frame", "shot", "first"]),
        after=st.integers(1, 4),
        count=st.integers(1, 2),
        old=st.booleans(),
    )
    def start_with_choices(self, gate: str, after: int, count: int, old: bool) -> None:
        self.begin_run(Variation(gate=gate, gate_after=after, candidates=count, reuse=old))

    def begin_run(self, variation: Variation) -> None:
        self.attempt(
            actions.start,
            self.project,
            user=a_user(),
            styles=[a_style()],
            strategy=self.strategy,
            engine=self.engine,
            variation=variation,
        )

    @rule(verb=st.sampled_from(sorted(RUN_VERBS)), side=st.sampled_from([None, 80]))
    def steer(self, verb: str, side: int | None) -> None:
        options = {"engine": self.engine, "longest_side": side} if verb == "finalize" else {}
        for run in self.runs()[:3]:
            self.attempt(RUN_VERBS[verb].act, run, None, **options)

    @rule(position=st.integers(1, 5), verb=st.sampled_from(sorted(FRAME_VERBS)))
    def repair(self, position: int, verb: str) -> None:
        for frame in Frame.objects.filter(run__in=self.runs(), position=position, removed=False):
            self.attempt(FRAME_VERBS[verb].act, frame, None)

    @rule(data=st.data(), verb=st.sampled_from(sorted(TAKE_VERBS)))
    def judge(self, data: st.DataObject, verb: str) -> None:
        takes = list(Take.objects.filter(run__in=self.runs()).order_by("pk"))
        if takes:
            self.attempt(TAKE_VERBS[verb].act, data.draw(st.sampled_from(takes)), None)

    @rule(position=st.integers(1, 5))
    def upload(self, position: int) -> None:
        for frame in Frame.objects.filter(run__in=self.runs(), position=position, removed=False):
            self.attempt(actions.upload, frame, self.own, None)

    @rule(title=st.sampled_from(WORDS), position=st.integers(1, 6))
    def write(self, title: str, position: int) -> None:
        self.project.steps.alive().filter(position=position).update(title=title)

    @rule(title=st.sampled_from(WORDS))
    def add_step(self, title: str) -> None:
        if self.project.steps.alive().count() < 6:
            position = self.project.steps.alive().count() + 1
            Step.objects.create(project=self.project, position=position, title=title)

    @rule(position=st.integers(1, 6))
    def remove_step(self, position: int) -> None:
        step = self.project.steps.alive().filter(position=position).first()
        if step is not None and self.project.steps.alive().count() > 1:
            step.remove()

    # --- workers ---

    @rule(target=held)
    def claim(self) -> dispatch.Claim | None:
        Take.objects.update(not_before=None)
        return dispatch.claim()

    @rule(claim=held, trouble=st.sampled_from(["", "", "", "fail_words", "refuse_words", "timeout_words"]))
    def make(self, claim: dispatch.Claim | None, trouble: str) -> None:
        """Also by a worker that was presumed dead, or twice by the same one."""
        if claim is None or not Take.objects.filter(pk=claim.take_id).exists():
            return
        options = {trouble: list(WORDS)} if trouble else {}
        Engine.objects.filter(pk=self.engine.pk).update(options=options)
        runner.make(claim)
        Engine.objects.filter(pk=self.engine.pk).update(options={})

    @rule(claim=held)
    def crash(self, claim: dispatch.Claim | None) -> None:
        """The worker is gone; its lease runs out and is taken back."""
        if claim is not None:
            past = timezone.now() - timedelta(seconds=1)
            Take.objects.filter(pk=claim.take_id, fence=claim.fence, status=Status.GENERATING).update(lease_until=past)
            settle.return_expired()

    @rule(claim=held, job=st.text("ab1", min_size=1, max_size=3))
    def vendor_names_the_job(self, claim: dispatch.Claim | None, job: str) -> None:
        if claim is not None:
            Call.objects.filter(pk=claim.call_id, outcome=Outcome.SENT).update(remote_id=job)

    # --- promises ---

    def runs(self) -> list[StyleRun]:
        return list(StyleRun.objects.filter(project=self.project))

    @invariant()
    def no_frame_starts_before_what_it_is_made_from(self) -> None:
        too_early = Take.objects.filter(run__project=self.project, status=Status.GENERATING, ready_at=None)
        assert not too_early.exists()

    @invariant()
    def nothing_waits_for_what_will_not_come(self) -> None:
        waiting = Take.objects.filter(run__project=self.project, status=Status.PENDING, ready_at=None)
        for take in waiting.select_related("frame", "run"):
            gated = take.run.open_upto is not None and take.position > take.run.open_upto
            assert gated or Take.objects.filter(frame=take.frame.source_id, status__in=OPEN).exists(), take

    @invariant()
    def nothing_is_made_beyond_a_gate_and_somebody_is_asked_where_a_run_waits_at_one(self) -> None:
        beyond = Take.objects.filter(run__project=self.project, status=Status.PENDING, ready_at__isnull=False)
        assert not beyond.filter(position__gt=F("run__open_upto")).exists()
        for run in self.runs():
            if run.status == "generating" and run.hold in ("", "approval"):
                assert gates.waits(run) == (run.hold == "approval"), (run.hold, run.open_upto)

    @invariant()
    def a_locked_frame_shows_what_it_showed(self) -> None:
        now = dict(Frame.objects.filter(run__project=self.project, locked=True).values_list("pk", "chosen"))
        assert all(now[pk] == chosen for pk, chosen in self.locked.items() if pk in now)
        self.locked = now

    @invariant()
    def what_was_taken_over_or_brought_has_cost_nothing(self) -> None:
        free = Take.objects.filter(run__project=self.project, kind__in=("reuse", "upload"))
        assert not Call.objects.filter(take__in=free).exists()

    @invariant()
    def an_ended_run_has_nothing_open_and_an_open_take_has_a_run(self) -> None:
        for run in self.runs():
            assert run.is_active == run.takes.filter(status__in=OPEN).exists(), run.status

    @invariant()
    def a_frame_says_what_its_takes_say(self) -> None:
        for frame in Frame.objects.filter(run__project=self.project).select_related("chosen"):
            takes = frame.takes.exclude(kind="late").order_by("pk")
            open_ones = set(takes.filter(status__in=OPEN).values_list("status", flat=True))
            newest = takes.last()
            if frame.chosen is not None:
                assert frame.status == Status.COMPLETED
                assert frame.chosen.status == Status.COMPLETED
            elif open_ones:
                assert frame.status == (Status.GENERATING if Status.GENERATING in open_ones else Status.PENDING)
            elif newest is not None:
                assert frame.status in set(takes.values_list("status", flat=True))

    @invariant()
    def at_most_one_call_is_in_flight_for_a_take(self) -> None:
        sent = Call.objects.filter(project=self.project, outcome=Outcome.SENT)
        assert sent.count() == sent.values("take").distinct().count()
        assert sent.exclude(take__status__in=OPEN).count() <= self.lost_answers()

    def lost_answers(self) -> int:
        """Calls whose take was cancelled while they were under way: their answer is still to come."""
        return Call.objects.filter(project=self.project, outcome=Outcome.SENT, take__status=Status.CANCELLED).count()

    @invariant()
    def pictures_are_never_lost(self) -> None:
        now = dict(
            Take.objects.filter(run__project=self.project, original__isnull=False).values_list(
                "pk", F("original__sha256")
            )
        )
        assert self.pictures.items() <= now.items()
        self.pictures = now

    @invariant()
    def event_numbers_have_neither_gaps_nor_doubles(self) -> None:
        numbers = list(Event.objects.filter(project=self.project).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))

    def teardown(self) -> None:
        """Left alone, every run comes to its end, and every frame with it."""
        if not hasattr(self, "project"):
            return
        for run in self.runs():
            self.attempt(actions.resume, run, None)
            self.attempt(actions.ungate, run, None)
        self.crash_everybody()
        for _ in range(200):
            Take.objects.update(not_before=None)
            claim = dispatch.claim()
            if claim is None:
                break
            runner.make(claim)
        settled = {Status.COMPLETED, Status.FAILED, Status.CANCELLED}
        for frame in Frame.objects.filter(run__project=self.project, removed=False, takes__isnull=False):
            assert frame.status in settled, frame
        assert not any(run.is_active for run in self.runs())

    def crash_everybody(self) -> None:
        Take.objects.filter(status=Status.GENERATING).update(lease_until=timezone.now() - timedelta(seconds=1))
        settle.return_expired()


TURNED_AWAY = [RateLimited("?", retry_after=20), KeyRefused("?"), NotAllowed("?")]
AMOUNT = 3
"""Calls a minute of the one account."""


class PaidMachine(Machine):
    """The same with keys, limits, budgets and switches: the offline provider, where it takes a key."""

    @initialize()
    def open_the_account(self) -> None:
        for rows in (Switch, Budget, Limit, Price):
            rows.objects.all().delete()
        ApiKey.objects.update(enabled=False)
        self.key = a_key(f"key-of-the-machine-{secrets.token_hex(4)}", amount=AMOUNT, provider="sketch")
        Price.objects.create(provider="sketch", per_picture=1)
        self.allowed = Decimal("Infinity")

    @rule(times=st.integers(1, 5))
    def work(self, times: int) -> None:
        """What a worker does whom nothing happens to."""
        for claim in islice(iter(dispatch.claim, None), times):
            runner.make(claim)

    @rule(provider=st.sampled_from(["", "sketch", "gemini"]), meanwhile=st.sampled_from(["work", "start", "crash"]))
    def stop_what_costs_money(self, provider: str, meanwhile: str) -> None:
        actions.throw_switch(provider, user=None)
        calls = Call.objects.count()
        {"work": lambda: self.work(3), "start": self.start, "crash": self.crash_everybody}[meanwhile]()
        assert provider == "gemini" or Call.objects.count() == calls
        actions.release_switch(provider, user=None)

    @rule(lost=st.booleans(), dollars=st.none() | st.integers(0, 4))
    def change_key_and_money(self, lost: bool, dollars: int | None) -> None:
        """The key is lost for some work, and found; there is so much money, or as much as anybody wants."""
        ApiKey.objects.filter(pk=self.key.pk).update(enabled=not lost)
        Budget.objects.filter(project=self.project).delete()
        if dollars is not None:
            Budget.objects.create(project=self.project, amount=dollars)
        self.allowed = max(self.spent(), Decimal("Infinity") if dollars is None else Decimal(dollars))
        self.work(2)
        ApiKey.objects.filter(pk=self.key.pk).update(enabled=True)
        holds.release()

    @rule(claim=Machine.held, error=st.sampled_from(TURNED_AWAY))
    def be_turned_away(self, claim: dispatch.Claim | None, error: ProviderError) -> None:
        if claim is not None and Call.objects.filter(pk=claim.call_id, outcome=Outcome.SENT).exists():
            settle.failed(claim, error, 0.1)

    @rule(seconds=st.integers(1, 70))
    def let_time_pass(self, seconds: int) -> None:
        """Staff have looked after key and limits meanwhile."""
        ApiKey.objects.filter(pk=self.key.pk).update(enabled=True)
        Limit.objects.filter(amount=0).delete()
        past = timedelta(seconds=seconds)
        Call.objects.filter(account=self.key.account).update(sent_at=F("sent_at") - past)
        Limit.objects.update(cooling_until=F("cooling_until") - past, learned_at=F("learned_at") - past)
        holds.release()

    def spent(self) -> Decimal:
        return money.spent_on(Call.objects.filter(project=self.project))

    @invariant()
    def no_minute_has_more_calls_than_the_account_allows(self) -> None:
        if hasattr(self, "key"):
            starts = list(Call.objects.filter(account=self.key.account).values_list("sent_at", flat=True))
            minute = timedelta(seconds=60)
            assert all(sum(first <= other < first + minute for other in starts) <= AMOUNT for first in starts)

    @invariant()
    def no_budget_is_overdrawn(self) -> None:
        if hasattr(self, "key") and hasattr(self, "project"):
            assert self.spent() <= self.allowed

    @invariant()
    def whoever_is_held_knows_why(self) -> None:
        assert not StyleRun.objects.filter(hold_reason="").exclude(hold="").exists()

    def teardown(self) -> None:
        """Once there are a key, money and time, every run comes to its end."""
        if hasattr(self, "key"):
            Budget.objects.all().delete()
            Limit.objects.all().delete()
            ApiKey.objects.filter(pk=self.key.pk).update(enabled=True)
            holds.release()
        super().teardown()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("machine", [Machine, PaidMachine])
def test_the_promises_hold_whatever_happens(machine: type[Machine], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SketchProvider, "needs_key", machine is PaidMachine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
