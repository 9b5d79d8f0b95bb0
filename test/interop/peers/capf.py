"""Messages of the Certificate Authority Proxy Function."""

import struct

from wire import Malformed, element, elements, read_exactly

PROTOCOL = 0x55

AUTH_REQUEST = 1
AUTH_RESPONSE = 2
KEY_GENERATE_REQUEST = 3
KEY_GENERATE_RESPONSE = 4
STORE_CERTIFICATE_REQUEST = 9
STORE_CERTIFICATE_RESPONSE = 10
END_SESSION = 15
REQUEST_IN_PROGRESS = 17

REASON = 1
CERTIFICATE_TYPE = 3
CERTIFICATE = 4
VERSION = 7
AUTH_TYPE = 8
PUBLIC_KEY = 9
KEY_SIZE = 10
PASSWORD = 11
DEVICE_NAME = 13
KEY_TYPE = 17

NO_ACTION = 0
SUCCESS = 1
INVALID_ELEMENT = 7
UNKNOWN_DEVICE = 9

LSC = 1


def message(command, session, *parts):
    body = b"".join(parts)
    return struct.pack(">BBIH", PROTOCOL, command, session, len(body)) + body


def read_message(connection):
    protocol, command, session, length = struct.unpack(">BBIH", read_exactly(connection, 8))
    if protocol != PROTOCOL:
        raise Malformed(f"protocol id {protocol:#04x}")
    return command, session, elements(read_exactly(connection, length))


def byte(tag, value):
    return element(tag, bytes([value]))


def text(tag, value):
    return element(tag, value.encode() + b"\0")


def text_of(value):
    return value[:-1].decode() if value.endswith(b"\0") else value.decode()


def wrapped(der):
    """A certificate stands in a wrapper of five octets: 1, its length and two, 0, and the kind of certificate."""
    return element(CERTIFICATE, struct.pack(">BHBB", 1, len(der) + 2, 0, LSC) + der)
