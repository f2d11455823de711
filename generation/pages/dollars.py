"""Money in words. Pure: US dollars in, words out."""

from collections.abc import Sequence
from decimal import Decimal

from generation.models import Call
from generation.pages.wording import amount


def money(dollars: Decimal) -> str:
    """ "free", "$0.04", "under $0.01"."""
    if dollars == 0:
        return "free"
    return f"${dollars:.2f}" if dollars >= Decimal("0.01") else "under $0.01"


def price_of_one(dollars: Decimal | None) -> str:
    """ "free", "about $0.07 a picture"."""
    return f"{estimate(dollars)} a picture" if dollars else estimate(dollars)


def price_of_many(count: int, dollars: Decimal | None) -> str:
    """ "12 pictures, about $0.80": `dollars` in all."""
    return f"{amount(count)}, {estimate(dollars)}"


def estimate(dollars: Decimal | None) -> str:
    """ "about $0.80", "free", "price unknown"."""
    if dollars is None:
        return "price unknown"
    return "free" if dollars == 0 else _about(dollars)


def _about(dollars: Decimal) -> str:
    words = money(dollars)
    return words if words.startswith("under") else f"about {words}"


def spent_so_far(spent: Decimal, to_come: Decimal | None, *, moving: bool, unpriced: int = 0) -> str:
    """ "$0.54 so far, about $1.20 in all"; once nothing moves "$1.20 in all". `to_come` None: nobody knows;
    `unpriced`: pictures whose price nobody knows."""
    if not spent and (unpriced or (moving and to_come is None)):
        return "price unknown"
    so_far = money(spent) if spent else "nothing"
    if not moving and not spent:
        return "nothing spent"
    if not moving:
        without = f", {amount(unpriced)} at a price unknown" if unpriced else ""
        return f"{so_far} in all{without}"
    if to_come is None:
        return f"{so_far} so far, the rest at a price unknown"
    return f"{so_far} so far, {_about(spent + to_come)} in all" if spent else f"{_about(to_come)} in all"


def spending(spent: Decimal, cap: Decimal | None) -> str:
    """ "$1.20 of $5.00"."""
    words = "nothing" if spent == 0 else money(spent)
    return words if cap is None else f"{words} of ${cap:.2f}"


def cost_of_calls(calls: Sequence[Call]) -> str:
    """What they took together; what was reserved stands for what nobody knows (yet)."""
    if not calls:
        return "nothing was sent"
    total = sum_of_calls(calls)
    if total is None:
        return "cost not known"
    return f"{money(total)}, as estimated" if any(call.cost is None for call in calls) else money(total)


def sum_of_calls(calls: Sequence[Call]) -> Decimal | None:
    """The same as a number; None where nobody knows anything of it."""
    if calls and all(call.cost is None and not call.reserved_cost for call in calls):
        return None
    return sum((call.reserved_cost if call.cost is None else call.cost for call in calls), Decimal(0))
