"""Ladders that the report is tried on."""

HEALTHY = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.000  alice -> bob  INVITE
0.020  alice <- bob  100 Trying
1.200  alice <- bob  180 Ringing
3.200  alice <- bob  200 OK
3.250  alice -> bob  ACK
63.25  alice -> bob  BYE
63.30  alice <- bob  200 OK
"""

NO_ACK = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.000  alice -> bob  INVITE
0.020  alice <- bob  100 Trying
3.200  alice <- bob  200 OK
       Contact: <sip:bob@10.0.0.5>
3.700, 4.700, 6.700, 10.700  alice <- bob  200 OK
"""

BUSY = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.000  alice -> bob  INVITE
0.020  alice <- bob  100 Trying
0.200  alice <- bob  486 Busy Here
0.210  alice -> bob  ACK
"""

REFUSED = """
phone = 192.0.2.10:5060
registrar = 198.51.100.20:5060

0.000  phone -> registrar  REGISTER
0.020  phone <- registrar  403 Forbidden
"""

PROXIED = """
alice = 192.0.2.10:5060
proxy = 203.0.113.5:5060
bob   = 198.51.100.20:5060

0.000  alice -> proxy  INVITE
0.010  proxy -> bob    INVITE (from alice)
0.020  alice <- proxy  100 Trying
1.200  proxy <- bob    180 Ringing
1.210  alice <- proxy  180 Ringing (from bob)
3.200  proxy <- bob    200 OK
3.210  alice <- proxy  200 OK (from bob)
"""

ALIVE = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.000  alice -> bob  OPTIONS
0.020  alice <- bob  200 OK
"""

ALL = {
    "healthy": HEALTHY,
    "no-ack": NO_ACK,
    "busy": BUSY,
    "refused": REFUSED,
    "proxied": PROXIED,
    "alive": ALIVE,
}
