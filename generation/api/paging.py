"""Long lists in pages. A page goes on behind the last row of the one before, so nothing is skipped or told twice when
rows come and go meanwhile."""

from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class Page(Schema, Generic[Item]):
    items: list[Item]
    next: str | None = Field(None, description="Send it as `cursor` for the next page; null on the last one.")


class Whole(Schema, Generic[Item]):
    """A list that is short, or nothing without its end: not told in pages."""

    items: list[Item]


class Paging(Schema):
    """The query of every list that comes in pages."""

    limit: int = Field(50, ge=1, le=200, description="Rows a page has at most.")
    cursor: str | None = Field(None, pattern=r"^-?[0-9]{1,18}$", description="`next` of the page before.")


def paged(rows: QuerySet[Row], paging: Paging, by: str = "-pk") -> dict[str, Any]:
    """One page. `by` is a column of whole numbers that no two rows share, with a minus for newest first."""
    name = by.removeprefix("-")
    if paging.cursor is not None:
        behind = "lt" if by.startswith("-") else "gt"
        rows = rows.filter(**{f"{name}__{behind}": int(paging.cursor)})
    found = list(rows.order_by(by)[: paging.limit + 1])
    page = found[: paging.limit]
    return {"items": page, "next": str(getattr(page[-1], name)) if len(found) > len(page) else None}
