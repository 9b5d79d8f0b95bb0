"""A TVS server that vouches for the certificates that it was given."""

import argparse
import struct
import threading

import tvs
from wire import Closed, Malformed, address_of, der_of, element, listening, openssl, say, server_context

TTL_SECONDS = 3600


def name_parts(text):
    return frozenset(part.strip() for part in text.split(";") if part.strip())


class Known:
    """A certificate and the roles that it has, written `FILE=0,3`."""

    def __init__(self, text):
        file, roles = text.rsplit("=", 1)
        self.roles = bytes(int(role) for role in roles.split(","))
        self.der = der_of(file)
        lines = openssl("x509", "-in", file, "-noout", "-serial", "-issuer", "-nameopt", "sep_comma_plus,esc_2253")
        serial, issuer = lines.decode().strip().split("\n")
        self.serial = int(serial.removeprefix("serial="), 16)
        self.issuer = name_parts(issuer.removeprefix("issuer=").replace(",", ";"))

    def is_named(self, found):
        serial = int.from_bytes(found[tvs.SERIAL_NUMBER], "big")
        issuer = name_parts(found[tvs.ISSUER_NAME].rstrip(b"\0").decode())
        return serial == self.serial and issuer == self.issuer


def answer(command, session, found, known):
    if command == tvs.QUERY_REQUEST:
        match = next((one for one in known if one.is_named(found)), None)
        kind = tvs.QUERY_RESPONSE
    elif command == tvs.VERIFY_REQUEST:
        match = next((one for one in known if one.der == found[tvs.CERTIFICATE]), None)
        kind = tvs.VERIFY_RESPONSE
    else:
        raise Malformed(f"command {command}")
    device = found[tvs.DEVICE_NAME][1:].decode()
    say(event="asked", command=command, device=device, session=session, known=match is not None)
    if match is None:
        return tvs.message(kind, session, element(tvs.STATUS, bytes([tvs.INVALID])))
    parts = [element(tvs.STATUS, bytes([tvs.VALID]))]
    if kind == tvs.QUERY_RESPONSE:
        parts.append(element(tvs.CERTIFICATE, match.der))
    parts.append(element(tvs.ROLES, match.roles))
    parts.append(element(tvs.TTL, struct.pack(">I", TTL_SECONDS)))
    return tvs.message(kind, session, *parts)


def serve(raw, context, arguments):
    try:
        with context.wrap_socket(raw, server_side=True) as connection:
            if arguments.behave == "close":
                return
            reply = answer(*tvs.read_message(connection), arguments.know)
            if arguments.behave == "rubbish":
                reply = b"HTTP/1.1 400 Bad Request\r\n\r\n"
            elif arguments.behave == "cut":
                reply = reply[: len(reply) // 2]
            connection.sendall(reply)
    except (OSError, Closed, Malformed) as error:
        say(event="failed", why=f"{type(error).__name__}: {error}")
    finally:
        raw.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True, type=address_of)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--know", action="append", default=[], type=Known)
    parser.add_argument("--behave", choices=["well", "close", "rubbish", "cut"], default="well")
    arguments = parser.parse_args()
    context = server_context(arguments.certificate, arguments.key)
    server = listening(arguments.listen)
    say(event="listening", port=server.getsockname()[1])
    while True:
        raw, _ = server.accept()
        raw.settimeout(30)
        threading.Thread(target=serve, args=(raw, context, arguments), daemon=True).start()


if __name__ == "__main__":
    main()
