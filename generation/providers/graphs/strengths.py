"""LoRAs: read from options, put in order, and weighed against each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from generation.errors import InvalidRequest
from generation.providers.graphs import values

MOST_LORAS = 10
LEAST_WEIGHT, MOST_WEIGHT = 0.0, 2.0


class LoraRole(StrEnum):
    """What a LoRA is for, in the order of the stack."""

    STYLE = "style"
    CHARACTER = "character"
    CINEMATIC = "cinematic"


FACTORS = {
    LoraRole.STYLE: (1.0,),
    LoraRole.CHARACTER: (1.0, 0.85, 0.75, 0.65),
    LoraRole.CINEMATIC: (1.0, 0.95, 0.85, 0.75),
}
"""By how many characters there are: each takes room from the others. The last one stands for all larger numbers."""
ORDER = list(LoraRole)


@dataclass(frozen=True)
class Lora:
    """`file`: below the server's LoRA folder, with its ending. `url`: where a worker may fetch it. `weight`: 0 … 2."""

    file: str
    role: LoraRole
    weight: float = 1.0
    url: str = ""


def parse(value: object) -> tuple[Lora, ...]:
    """LoRAs of an engine's options. Raises InvalidRequest for more than ten: leaving some out would change the look
    without a word."""
    if not isinstance(value, list | tuple):
        raise InvalidRequest(f"“loras” must be a list, not {value!r:.60}.")
    if len(value) > MOST_LORAS:
        raise InvalidRequest(f"A picture can have {MOST_LORAS} LoRAs at most, not {len(value)}.")
    return tuple(_lora(n, entry) for n, entry in enumerate(value, 1))


def lora_strengths(loras: tuple[Lora, ...]) -> list[tuple[str, str, float]]:
    """File, role and strength of each, in the order of the stack: style, characters, cinematic."""
    characters = sum(lora.role == LoraRole.CHARACTER for lora in loras)
    ordered = sorted(loras, key=lambda lora: ORDER.index(lora.role))
    return [(lora.file, lora.role.value, round(lora.weight * _factor(lora.role, characters), 4)) for lora in ordered]


def _factor(role: LoraRole, characters: int) -> float:
    factors = FACTORS[role]
    return factors[min(characters, len(factors) - 1)]


def _lora(position: int, entry: object) -> Lora:
    name = f"loras, number {position}"
    fields: Mapping[str, object] = values.mapping(name, entry)
    unknown = set(fields) - {"file", "url", "role", "weight"}
    if unknown:
        raise InvalidRequest(f"“{name}” has unknown fields: {', '.join(sorted(unknown))}.")
    return Lora(
        file=values.file(f"{name}: file", fields.get("file")),
        role=LoraRole(values.one_of(f"{name}: role", fields.get("role", "style"), ORDER)),
        weight=values.number(f"{name}: weight", fields.get("weight", 1.0), LEAST_WEIGHT, MOST_WEIGHT),
        url=values.https_address(f"{name}: url", fields.get("url")),
    )
