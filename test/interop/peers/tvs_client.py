"""A TVS client: asks about one certificate, as a phone does."""

import argparse
import os
import ssl
import struct

import tvs
from wire import Closed, Malformed, address_of, client_connection, der_of, element, openssl, say

SESSION = 1001


def name_of(certificate, which):
    """`CN=pub;OU=Voice Lab;...`, the way trust lists write names: the common name first."""
    line = openssl("x509", "-in", certificate, "-noout", f"-{which}", "-nameopt", "sep_comma_plus,esc_2253,dn_rev")
    parts = line.decode().strip().removeprefix(f"{which}=").split(",")
    order = ["CN", "OU", "O", "L", "ST", "C"]
    return ";".join(sorted(parts, key=lambda part: order.index(part.split("=")[0])))


def question(arguments):
    device = element(tvs.DEVICE_NAME, b"\1" + arguments.device.encode())
    if arguments.command == "verify":
        return tvs.message(tvs.VERIFY_REQUEST, SESSION, device, element(tvs.CERTIFICATE, der_of(arguments.about)))
    serial = openssl("x509", "-in", arguments.about, "-noout", "-serial").decode().strip().removeprefix("serial=")
    return tvs.message(
        tvs.QUERY_REQUEST,
        SESSION,
        device,
        element(tvs.SUBJECT_NAME, name_of(arguments.about, "subject").encode() + b"\0"),
        element(tvs.ISSUER_NAME, name_of(arguments.about, "issuer").encode() + b"\0"),
        element(tvs.SERIAL_NUMBER, bytes.fromhex(serial)),
    )


def ask(connection, arguments):
    if arguments.behave == "rubbish":
        connection.sendall(os.urandom(4096))
    elif arguments.behave == "cut":
        connection.sendall(question(arguments)[:20])
        return {"result": "cut"}
    else:
        connection.sendall(question(arguments))
    command, session, found = tvs.read_message(connection)
    status = found[tvs.STATUS][0]
    return {
        "result": "valid" if status == tvs.VALID else "invalid",
        "command": command,
        "session": session,
        "roles": list(found.get(tvs.ROLES, b"")),
        "ttl": struct.unpack(">I", found[tvs.TTL])[0] if tvs.TTL in found else None,
        "same": found[tvs.CERTIFICATE] == der_of(arguments.about) if tvs.CERTIFICATE in found else None,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--connect", required=True, type=address_of)
    parser.add_argument("--device", default="CP-8841-SEP020000000301")
    parser.add_argument("--about", required=True, help="PEM file")
    parser.add_argument("--server", help="PEM file of the certificate that the server has to show")
    parser.add_argument("--behave", choices=["well", "rubbish", "cut"], default="well")
    parser.add_argument("command", choices=["verify", "query"])
    arguments = parser.parse_args()
    try:
        with client_connection(arguments.connect, 30) as connection:
            if arguments.server is not None and connection.getpeercert(True) != der_of(arguments.server):
                say(result="not-trusted")
                return
            say(**ask(connection, arguments))
    except (Closed, Malformed, ssl.SSLError, OSError) as error:
        say(result="failed", why=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
