"""What is likely to go wrong with the texts of a run, told before anything is spent. Pure, but for `warnings_for`.

It warns and never refuses: people know their story better. It reads English; other texts it mostly leaves alone.
"""

from collections.abc import Callable, Iterator, Sequence

from generation import planning, proofs
from generation.inputs import own_words
from generation.linting.foresight import later_words
from generation.linting.scenes import camera, light, places
from generation.linting.told import Advice, Series, Told
from generation.linting.wording import characters, length, pronouns, unknown_names
from generation.models import Engine, Strategy, StyleRun
from generation.proofs import Proof
from storyboards.models import Project, Style, Transition

__all__ = ["CHECKS", "Advice", "Series", "Told", "lint", "series_of", "warnings_for"]

CHECKS: tuple[Callable[[Series], Iterator[Advice]], ...] = (
    unknown_names,
    length,
    later_words,
    camera,
    light,
    places,
    pronouns,
    characters,
)


def lint(series: Series) -> list[Advice]:
    """All that one should look at, in the order of the kinds and then of the steps."""
    return [advice for check in CHECKS for advice in check(series)]


def warnings_for(project: Project, style: Style, strategy: str, engine: Engine) -> list[Advice]:
    """Of a run as a start would make it now. Nothing is stored; the same few queries however many steps there are."""
    run = proofs.unsaved(project, style, engine, strategy)
    return lint(series_of(run, proofs.of_new(run)))


def series_of(run: StyleRun, found: Sequence[Proof]) -> Series:
    """`found`: the prompts of this run, in order."""
    chains: dict[int, int] = {}
    for proof in found:
        before = proof.source.pk if proof.source is not None else None
        chains[proof.frame.pk] = chains.get(before, before) if before is not None else proof.frame.pk
    project = run.snapshot["project"]
    return Series(
        [_told(proof, chains[proof.frame.pk]) for proof in found],
        run.strategy,
        planning.as_begun(run, run.engine).abilities.max_prompt,
        str(run.engine),
        run.snapshot.get("characters", ()),
        "\n".join((project["description"], project["concept_prompt"], *project["materials"])),
        names_later=run.strategy == Strategy.CUMULATIVE and project["name_future_steps"],
    )


def _told(proof: Proof, chain: int) -> Told:
    step, text = proof.frame.step, proof.text
    return Told(
        step.pk,
        step.known_as(proof.frame.position),
        text.text,
        own_words(step, proof.own),
        proof.prompt,
        text.title,
        chain,
        step.transition,
        Transition(step.transition).breaks,
        text.variables,
    )
