"""SIPp and Kamailio on the machines of a line."""

from pathlib import Path

from tests.live.line import ADDRESS, ADDRESS6, INTERFACE, PHONES, SERVER, Line, Program, until

HERE = Path(__file__).parent
SCENARIOS = HERE / "scenarios"
SIP_PORT = 5060
_BOTH = (ADDRESS, ADDRESS6)


def serve(
    line: Line,
    scenario: str,
    *,
    machine: str = SERVER,
    port: int = SIP_PORT,
    transport: str = "u1",
    six: bool = False,
    host: str = "",
    **keys: str,
) -> Program:
    """Start the called side of a call, and return when it listens."""
    own = host or _BOTH[six][machine]
    program = _sipp(line, scenario, machine, own, port, transport, keys)
    until(lambda: program.listens(port, stream=transport[0] == "t"), f"{scenario} does not listen", program)
    return program


def call(
    line: Line,
    scenario: str,
    *,
    port: int = 5070,
    service: str = "bob",
    transport: str = "u1",
    six: bool = False,
    machine: str = PHONES,
    host: str = "",
    talk: str = "50",
    **keys: str,
) -> Program:
    """Start the calling side; with `host`, both sides have that one address."""
    target = host or _BOTH[six][SERVER]
    more = (f"[{target}]:{SIP_PORT}" if six else f"{target}:{SIP_PORT}", "-s", service)
    own = host or _BOTH[six][machine]
    return _sipp(line, scenario, machine, own, port, transport, {"talk": talk, **keys}, *more)


def _sipp(
    line: Line,
    scenario: str,
    machine: str,
    own: str,
    port: int,
    transport: str,
    keys: dict[str, str],
    *more: str,
) -> Program:
    text = (SCENARIOS / f"{scenario}.xml").read_text()
    for name, value in keys.items():  # not by SIPp's own -key: it wants status codes and pauses as numbers
        text = text.replace(f"[{name}]", value)
    written = line.folder / f"{scenario}-{port}.xml"
    written.write_text(text)
    arguments = ["sipp", "-sf", str(written), "-i", own, "-p", str(port), "-t", transport]
    media = str(port + 20_000)
    arguments += ["-mp", media, "-m", "1", "-nostdin", "-timeout", "20s", "-timeout_error", *more]
    return line.start(machine, *arguments)


def kamailio(line: Line, *defined: str) -> Program:
    """Kamailio on the server: registrar, proxy and presence server. Returns when it listens. `defined` are names of its
    configuration: with HEP it hands on what passes it."""
    tables = line.folder / "tables"
    tables.mkdir()
    for name in ("version", "presentity", "active_watchers", "watchers"):
        text = Path("/usr/share/kamailio/dbtext/kamailio", name).read_text()
        (tables / name).write_text(text)
    configuration = (HERE / "kamailio.cfg").read_text().replace("@TABLES@", str(tables))
    written = line.folder / "kamailio.cfg"
    written.write_text(configuration)
    run = str(line.folder)
    arguments = ("-f", str(written), "-DD", "-E", "-m", "16", "-M", "4", "-Y", run)
    names = [word for name in defined for word in ("-A", name)]
    program = line.start(SERVER, "kamailio", *arguments, *names)
    until(lambda: program.listens(SIP_PORT), "Kamailio does not listen", program)
    return program


def sngrep(line: Line, target: str) -> Program:
    """An agent on the server: sngrep, which sends what passes to `target` as HEP. Returns when it listens."""
    arguments = ("-F", "-N", "-q", "-d", INTERFACE, "-H", target)
    program = line.start(SERVER, "sngrep", *arguments)
    until(program.captures, "sngrep does not listen", program)
    return program
