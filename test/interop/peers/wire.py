"""What the peers share: framed messages of tag, length, value over TLS, and the openssl command for everything about keys.

Written from descriptions of the protocols, not from this project's own code: a second opinion on what stands on the wire.
"""

import json
import socket
import ssl
import struct
import subprocess
import sys


class Closed(Exception):
    """The other side closed the connection, in the middle of a message or before one."""


class Malformed(Exception):
    """The other side sent what is no message."""


def element(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


def elements(body):
    """Value by tag; of two elements with one tag the last wins."""
    found = {}
    at = 0
    while at < len(body):
        if at + 3 > len(body):
            raise Malformed(f"{len(body) - at} stray octets after the last element")
        tag, length = struct.unpack_from(">BH", body, at)
        if at + 3 + length > len(body):
            raise Malformed(f"element {tag} of {length} octets is longer than the message")
        found[tag] = body[at + 3 : at + 3 + length]
        at += 3 + length
    return found


def read_exactly(connection, octets):
    data = b""
    while len(data) < octets:
        try:
            piece = connection.recv(octets - len(data))
        except (ssl.SSLEOFError, ConnectionResetError):
            piece = b""
        if not piece:
            raise Closed(f"closed after {len(data)} of {octets} octets")
        data += piece
    return data


def old_enough(context):
    """7900 series phones speak TLS 1.0 and nothing newer."""
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def server_context(certificate, key):
    context = old_enough(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    context.load_cert_chain(certificate, key)
    return context


def client_connection(address, timeout):
    context = old_enough(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    raw = socket.create_connection(address, timeout=timeout)
    return context.wrap_socket(raw)


def address_of(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def listening(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(address)
    server.listen(64)
    return server


def say(**facts):
    """One line of JSON for whoever started this program."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def openssl(*arguments, given=b""):
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


def der_of(pem_file):
    return openssl("x509", "-in", pem_file, "-outform", "DER")
