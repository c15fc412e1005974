"""What a status code does to a dialog, seen from the methods that it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from analyser.codes import StatusCode

_OUTSIDE = {"REGISTER", "PUBLISH", "CANCEL"}
"""Sent outside of dialogs; a CANCEL belongs to the transaction that it cancels, and its response ends nothing."""
_BY_NOTIFY = {"SUBSCRIBE", "REFER"}
"""What they were sent for begins with the NOTIFY that follows (RFC 6665 §4.4.1)."""


def dialog_effect(status: StatusCode, methods: Collection[str]) -> str:
    """The keyword for what the code does when it answers one of these methods."""
    effect, answered = status.dialog, set(methods)
    if answered <= _OUTSIDE:
        return "none"
    if effect == "establishes" and not answered & {"INVITE", "BYE"}:
        effect = "by-notify"
    if effect == "by-notify" and not answered & _BY_NOTIFY:
        return "none"
    if effect == "transaction" and "INVITE" not in answered:
        return "only"
    return effect
