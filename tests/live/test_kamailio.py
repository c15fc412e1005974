"""Kamailio as registrar, proxy and presence server, seen by `live` on its interface."""

import pytest

from tests.live.line import PHONES, Line
from tests.live.programs import call, kamailio, serve
from tests.live.tail import Tail

pytestmark = pytest.mark.live

CONTACT = 5080


@pytest.fixture
def tail(line: Line) -> Tail:
    kamailio(line)
    return Tail(line)


def register(line: Line, password: str) -> None:
    call(line, "register", user="bob", password=password, contact_port=str(CONTACT))


def test_a_call_by_way_of_the_proxy(line: Line, tail: Tail) -> None:
    """Both hops of the call are on one interface: one call, whose requests are seen to be passed on."""
    register(line, "right")
    tail.until_message("200")
    assert tail.messages == ["REGISTER", "401", "REGISTER", "200"]
    callee = serve(line, "answer", machine=PHONES, port=CONTACT)
    call(line, "call").wait()
    callee.wait()
    tail.until_message("200", 5)
    tail.end()
    (ended,) = tail.of("call")
    assert (ended["state"], ended["ending"]) == ("ended", "complete")
    forwards = [each for each in tail.of("transaction") if each["forward_of"] is not None]
    assert sorted(each["method"] for each in forwards) == ["BYE", "INVITE"]
    (registration,) = tail.of("registration")
    assert registration["statuses"] == [401, 200]
    assert tail.rules == []


def test_nobody_is_registered(line: Line, tail: Tail) -> None:
    call(line, "call")
    tail.until_message("404")
    tail.end()
    assert tail.rules == ["destination-unknown"]


def test_wrong_password(line: Line, tail: Tail) -> None:
    """The first 401 asks; those that follow refuse what was given."""
    register(line, "wrong")
    tail.until_message("401", 4)
    found = tail.until_finding("credentials-refused")
    tail.end()
    verdicts = [each["annotation"]["verdict"] for each in tail.of("message") if each.get("status") == 401]
    assert verdicts[:3] == ["normal", "problem", "problem"]
    assert tail.rules == ["credentials-refused"]
    assert "user bob" in found["note"]


def test_presence_with_an_entity_tag_that_was_never_issued(line: Line, tail: Tail) -> None:
    call(line, "publish").wait()
    tail.until_message("412", 2)
    tail.end()
    assert tail.messages == ["PUBLISH", "200", "PUBLISH", "412", "PUBLISH", "412"]
    assert tail.rules == ["publish-precondition-failed"]
    (found,) = tail.standing
    assert found["severity"] == "error"
    assert "went on with the same dead tag" in found["note"]
