"""Addresses: URIs and name-addrs of From, To, Contact, Route and their kin (RFC 3261 §19.1, §20.10, §25.1).

`parse_uri` and `parse_name_addr` take any text and give what can be made of it. `tag_of` reads the tag
alone, faster, and always agrees with `parse_name_addr(value).tag`.
"""

from typing import NamedTuple

from analyser.sip.lexical import params, quoted_end, split, uint, unquote


class Uri(NamedTuple):
    """A URI in its parts. Of a scheme other than sip, sips and tel only `scheme` and `user` are filled."""

    text: str
    scheme: str
    user: str
    host: str
    port: int | None
    params: dict[str, str]
    headers: str

    def __str__(self) -> str:
        return self.text


class NameAddr(NamedTuple):
    """A display name, a URI and the parameters of the header field."""

    display: str
    uri: Uri
    params: dict[str, str]

    @property
    def tag(self) -> str:
        """The dialog tag, empty where there is none."""
        return self.params.get("tag", "")

    @property
    def is_star(self) -> bool:
        """`Contact: *`, which stands for all bindings (§10.2.2)."""
        return self.uri.text == "*"


def parse_host_port(text: str) -> tuple[str, int | None]:
    """Host and port of `host[:port]`; an IPv6 reference loses its brackets, other IPv6 text is all host."""
    text = text.strip()
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host.strip(), uint(rest.lstrip(" \t:").strip())
    if text.count(":") > 1:
        return text, None
    host, _, port = text.partition(":")
    return host.strip(), uint(port.strip())


def parse_uri(text: str) -> Uri:
    """A URI in its parts, as far as they can be told."""
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    if not colon:
        return Uri(text, "", "", *parse_host_port(text), {}, "")
    scheme = scheme.lower()
    if scheme == "tel":
        number, *parts = rest.split(";")
        return Uri(text, scheme, number, "", None, params(parts), "")
    if scheme not in {"sip", "sips"}:
        return Uri(text, scheme, rest, "", None, {}, "")
    userinfo, host_part, headers = split_host_part(rest)
    host, *parts = host_part.split(";")
    return Uri(text, scheme, userinfo.partition(":")[0], *parse_host_port(host), params(parts), headers)


def split_host_part(rest: str) -> tuple[str, str, str]:
    """User information, host with port and parameters, and headers, of what follows `sip:`.

    A question mark in front of the at sign belongs to the user; behind it begin the headers.
    """
    question = rest.find("?", rest.find("@") + 1)
    headers = "" if question < 0 else rest[question + 1 :]
    userinfo, _, host_part = (rest if question < 0 else rest[:question]).rpartition("@")
    return userinfo, host_part, headers


def split_name_addr(value: str) -> tuple[str, str, str]:
    """Display name, URI and parameters of a name-addr or addr-spec, all as text.

    Where the end quote of a display name is missing, it is inferred in front of the bracket. Outside of
    brackets everything from the first semicolon on belongs to the header field (§20).
    """
    value = value.strip()
    start = max(quoted_end(value), 0) if value[:1] == '"' else 0
    bracket = value.find("<", start)
    if bracket < 0:
        uri, semicolon, rest = value[start:].partition(";")
        return value[:start], uri.strip(), semicolon + rest
    end = value.find(">", bracket)
    if end < 0:
        return value[:bracket].strip(), value[bracket + 1 :].strip(), ""
    return value[:bracket].strip(), value[bracket + 1 : end].strip(), value[end + 1 :]


def parse_name_addr(value: str) -> NameAddr:
    """A name-addr or addr-spec with the parameters of its header field."""
    display, uri, rest = split_name_addr(value)
    return NameAddr(unquote(display), parse_uri(uri), _params(rest))


def tag_of(value: str) -> str:
    """The tag of a From or To value; what the usual spellings say is told without parsing the address."""
    front, found, tag = value.partition(">;tag=")
    if found:
        name, *quoted = front.split('"') if '"' in front else (front,)
        plain = not quoted or (len(quoted) == 2 and not name and "\\" not in quoted[0] and "<" in quoted[1])
        if plain and "<" in front and ">" not in front and '"' not in tag and "<" not in tag:
            return tag.partition(";")[0].strip() if ";" in tag else tag.strip()
    elif "tag" not in value.lower():
        return ""
    elif "<" not in value and '"' not in value:
        front, found, tag = value.partition(";tag=")
        if found and "tag" not in front.lower():
            return tag.partition(";")[0].strip()
    return parse_name_addr(value).tag


def _params(rest: str) -> dict[str, str]:
    return params(split(rest, ";")[1:]) if ";" in rest else {}
