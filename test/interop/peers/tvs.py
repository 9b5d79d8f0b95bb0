"""Messages of the Trust Verification Service."""

import struct

from wire import Malformed, elements, read_exactly

PROTOCOL = 0x57

VERIFY_REQUEST = 1
VERIFY_RESPONSE = 2
QUERY_REQUEST = 3
QUERY_RESPONSE = 4

DEVICE_NAME = 1
CERTIFICATE = 2
SUBJECT_NAME = 3
ISSUER_NAME = 4
SERIAL_NUMBER = 5
STATUS = 7
ROLES = 8
TTL = 9

VALID = 0
INVALID = 1


def message(command, session, *parts):
    body = b"".join(parts)
    return struct.pack(">BBBBIH", PROTOCOL, 1, command, 0, session, len(body)) + body


def read_message(connection):
    protocol, version, command, _, session, length = struct.unpack(">BBBBIH", read_exactly(connection, 10))
    if (protocol, version) != (PROTOCOL, 1):
        raise Malformed(f"protocol id {protocol:#04x}, version {version}")
    return command, session, elements(read_exactly(connection, length))
