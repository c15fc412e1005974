"""Attributes that are read when first asked for, and then kept in `kept` of the slotted object they belong to.

`vias = FromHeaders(read_vias)` is typed as what `read_vias` returns.
"""

from collections.abc import Callable
from typing import Any, Final, Generic, Protocol, Self, TypeVar, overload

from analyser.sip.headers import Headers

V = TypeVar("V")


class Keeper(Protocol):
    """What can keep lazy attributes."""

    kept: dict[str, Any] | None


class Lazy(Generic[V]):
    """An attribute read from the whole object."""

    __slots__ = ("name", "read")

    def __init__(self, read: Callable[[Any], V]) -> None:
        self.read: Final = read
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, keeper: None, owner: type) -> Self: ...
    @overload
    def __get__(self, keeper: Keeper, owner: type) -> V: ...
    def __get__(self, keeper: Keeper | None, owner: type) -> Self | V:
        if keeper is None:
            return self
        kept = keeper.kept
        if kept is None:
            kept = keeper.kept = {}
        if self.name not in kept:
            kept[self.name] = self.read(keeper)
        value: V = kept[self.name]
        return value


class FromHeaders(Lazy[V]):
    """An attribute read from the object's header fields alone."""

    __slots__ = ()

    def __init__(self, read: Callable[[Headers], V]) -> None:
        super().__init__(lambda keeper: read(keeper.headers))
