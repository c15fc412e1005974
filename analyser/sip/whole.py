"""Whether octets of a stream are one message, told octet by octet as in `analyser.sip.octets`, for the compiled form."""

from mypy_extensions import i64

from analyser.sip.walk import UPPER, digits, line_end, next_line, number, run, stands


def is_whole(data: bytes) -> bool:
    """Whether octets of a stream are one message, from the first to the last, as its only Content-Length says. It may be one all the
    same where the answer is no: written otherwise than usual."""
    try:
        return _is_whole(data)
    except IndexError:
        return False


def _is_whole(data: bytes) -> bool:
    size: i64 = len(data)
    at = _behind_start_line(data)
    length: i64 = -1
    while at:
        first: i64 = data[at]
        if first == ord("\r"):
            at += 2
            return (
                data[at - 1] == ord("\n")
                and length == size - at
                and data[size - 1] == ord("\n")
                and (at == size or data.find(b"SIP/2.0", at) < 0)
            )
        if (first == ord("C") or first == ord("c")) and _is_length(data, at):
            if length >= 0 or not stands(data, at, b"Content-Length: "):
                return False
            end = digits(data, at + 16)
            if not 0 < end - at - 16 < 10 or not line_end(data, end):
                return False
            length = number(data, at + 16, end)
        elif first == ord("l") or first == ord("L") or first == ord("\n"):
            return False
        at = next_line(data, at)
    return False


def _behind_start_line(data: bytes) -> i64:
    """Where the second line begins, behind a start line as usual."""
    if stands(data, 0, b"SIP/2.0 "):
        return next_line(data, 9) if ord("0") <= data[8] <= ord("9") else 0
    at = run(data, 0, UPPER)
    if not at or data[at] != ord(" "):
        return 0
    end = next_line(data, at)
    return end if end - at > 11 and stands(data, end - 10, b" SIP/2.0\r\n") else 0


def _is_length(data: bytes, at: i64) -> bool:
    """Whether a line may be a Content-Length, in whatever letters."""
    return data[at + 7] == ord("-") and (data[at + 8] == ord("L") or data[at + 8] == ord("l"))
