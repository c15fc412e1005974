"""Which call a stream of RTP belongs to, where many announced one endpoint."""

from analyser.report.media import MAX_LOOK, Heard, Ports
from analyser.wire import Endpoint, Hop, RtpStream

AT = Endpoint("192.0.2.9", 40_000)
FROM = Endpoint("192.0.2.1", 5_000)


class Asked(Ports):
    """A call that counts how often a stream asks whether it lasted."""

    times = 0

    @property
    def since(self):
        Asked.times += 1
        return self[1]


def call(start, until, kind=Ports):
    return kind(start, start - 5, until, {AT: 0}, {})


def stream(first, last=None, source=FROM, target=AT):
    return RtpStream(
        hop=Hop(source, target, "UDP"), ssrc=1, payload_types=(0,), packets=1, octets=160, first_time=first,
        last_time=first + 10 if last is None else last, first_frame=1, last_frame=1, input=0,
    )  # fmt: skip


def owner(calls, *streams):
    heard = Heard()
    for each in streams:
        heard.add(each, lambda: enumerate(calls))
    return [key for key in range(len(calls)) if heard.of(key)], heard.left_out


def test_of_several_calls_the_latest_that_had_begun():
    calls = [call(300, 900), call(0, 1_000), call(100, 1_000), call(500, 900)]

    assert owner(calls, stream(400)) == ([0], 0)
    assert owner(calls, stream(950)) == ([2], 0)
    assert owner(calls, stream(400, source=AT, target=FROM)) == ([0], 0)
    assert owner(calls, stream(2_000)) == ([], 0)


def test_a_stream_that_comes_before_its_call_is_of_the_first_to_begin():
    assert owner([call(120, 900), call(100, 900)], stream(96)) == ([1], 0)
    assert owner([call(120, 900), call(100, 900)], stream(10)) == ([], 0)


def test_how_many_calls_are_asked_does_not_grow_with_those_that_announced_the_endpoint():
    calls = [call(10 * number, 10**9, Asked) for number in range(2_000)]
    Asked.times = 0
    found, left_out = owner(calls, *(stream(10 * number + 1, 10 * number + 2) for number in range(500)))

    assert found == list(range(500))
    assert not left_out
    assert Asked.times <= 500 * MAX_LOOK


def test_a_call_that_lies_too_far_back_is_told_as_left_out():
    calls = [call(0, 10**9), *(call(10 * number, 10 * number + 1) for number in range(1, MAX_LOOK + 1))]

    assert owner(calls, stream(10**6)) == ([], 1)
    assert owner(calls[:-1], stream(10**6)) == ([0], 0)
