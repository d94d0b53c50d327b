"""The column types that every table shares."""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from backoffice.infra.database import Instant, Json

# SQLite only numbers rows by itself on a column of type INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")

Id = Annotated[int, mapped_column(Number, primary_key=True)]
Code = Annotated[str, mapped_column(String(64))]
Label = Annotated[str, mapped_column(String(255))]
LongText = Annotated[str, mapped_column(Text)]
At = Annotated[datetime, mapped_column(Instant)]
Data = Annotated[dict[str, Any], mapped_column(Json)]
Digest = Annotated[str, mapped_column(String(64))]


class BelongsToAuthority:
    """A row of one authority: law 8, isolation from the first migration on."""

    @declared_attr
    @classmethod
    def authority_id(cls) -> Mapped[int]:
        """The authority that the row belongs to."""
        return mapped_column(Number, ForeignKey("authorities.id"))
