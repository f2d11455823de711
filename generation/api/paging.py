"""Long lists in pages. A page goes on behind the last row of the one before, so nothing is skipped or told twice when
rows come and go meanwhile."""

import base64
import binascii
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

from generation.api.problems import Problem

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class Page(Schema, Generic[Item]):
    items: list[Item]
    next: str | None = Field(None, description="Send it as `cursor` for the next page; null on the last one.")


class Paging(Schema):
    """The query of every list."""

    limit: int = Field(50, ge=1, le=200, description="Rows a page has at most.")
    cursor: str | None = Field(None, max_length=100, description="`next` of the page before.")


def paged(rows: QuerySet[Row], paging: Paging, by: str = "-pk") -> dict[str, Any]:
    """One page. `by` is a column of whole numbers that no two rows share, with a minus for newest first."""
    name = by.removeprefix("-")
    if paging.cursor is not None:
        behind = "lt" if by.startswith("-") else "gt"
        rows = rows.filter(**{f"{name}__{behind}": _number(paging.cursor)})
    found = list(rows.order_by(by)[: paging.limit + 1])
    page = found[: paging.limit]
    return {"items": page, "next": _cursor(getattr(page[-1], name)) if len(found) > len(page) else None}


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def _number(cursor: str) -> int:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        number = int(text) if text.lstrip("-").isdigit() and len(text) < 19 else None
    except (binascii.Error, UnicodeDecodeError, ValueError):
        number = None
    if number is None:
        raise Problem(422, "This cursor is none of ours: send `next` of the page before.", "invalid_cursor")
    return number
