"""Octets as a bad line, a broken program or a snap length leaves them."""

from hypothesis import strategies as st


@st.composite
def damaged(draw, octets):
    """The octets with a few of them changed, or cut off."""
    changed = bytearray(draw(octets))
    for _ in range(draw(st.integers(0, 3))):
        if changed:
            changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    return bytes(changed[: draw(st.integers(0, len(changed)))]) if draw(st.booleans()) else bytes(changed)
