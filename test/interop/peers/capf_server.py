"""A CAPF server that installs LSCs: one thread a connection, its own key signs."""

import argparse
import itertools
import os
import struct
import tempfile
import threading

import capf
from wire import Closed, Malformed, address_of, element, listening, openssl, say, server_context


def sign(arguments, device, public_key):
    """An LSC for the phone's key: its name, client and server authentication, a year."""
    with tempfile.TemporaryDirectory() as folder:
        key = os.path.join(folder, "key.pem")
        extensions = os.path.join(folder, "extensions")
        with open(key, "wb") as file:
            file.write(openssl("pkey", "-pubin", "-inform", "DER", "-pubout", given=public_key))
        with open(extensions, "w", encoding="ascii") as file:
            file.write(
                "basicConstraints=critical,CA:FALSE\n"
                "keyUsage=critical,digitalSignature,keyEncipherment\n"
                "extendedKeyUsage=serverAuth,clientAuth\n"
            )
        pem = openssl(
            *("x509", "-new", "-subj", f"/CN={device}/O=Foreign/C=US", "-force_pubkey", key),
            *("-CA", arguments.certificate, "-CAkey", arguments.key, "-days", "365", "-sha256"),
            *("-extfile", extensions),
        )
    return openssl("x509", "-outform", "DER", given=pem)


def install(connection, arguments, session, device):
    kind = struct.pack(">H", arguments.bits)
    connection.sendall(
        capf.message(capf.KEY_GENERATE_REQUEST, session, element(capf.KEY_SIZE, kind), capf.byte(capf.KEY_TYPE, 0))
    )
    command, _, found = capf.read_message(connection)
    if command == capf.REQUEST_IN_PROGRESS:
        command, _, found = capf.read_message(connection)
    if command != capf.KEY_GENERATE_RESPONSE or capf.PUBLIC_KEY not in found:
        return capf.INVALID_ELEMENT
    certificate = sign(arguments, device, found[capf.PUBLIC_KEY])
    order = capf.message(
        capf.STORE_CERTIFICATE_REQUEST, session, capf.byte(capf.CERTIFICATE_TYPE, capf.LSC), capf.wrapped(certificate)
    )
    if arguments.behave == "cut":
        connection.sendall(order[: len(order) // 2])
        raise Closed("cut in the middle of a message, as told")
    connection.sendall(order)
    command, _, found = capf.read_message(connection)
    stored = command == capf.STORE_CERTIFICATE_RESPONSE and found.get(capf.REASON) == b"\1"
    say(event="stored" if stored else "not-stored", device=device)
    return capf.SUCCESS


def session_with(connection, arguments, session):
    if arguments.behave == "close":
        return
    if arguments.behave == "rubbish":
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return
    connection.sendall(
        capf.message(capf.AUTH_REQUEST, session, capf.byte(capf.VERSION, 3), capf.byte(capf.AUTH_TYPE, 0))
    )
    command, answered, found = capf.read_message(connection)
    if command != capf.AUTH_RESPONSE or answered != session or found.get(capf.VERSION) != b"\3":
        raise Malformed(f"command {command} of session {answered}")
    device = capf.text_of(found.get(capf.DEVICE_NAME, b""))
    password = capf.text_of(found.get(capf.PASSWORD, b""))
    say(event="authenticated", device=device, password=password)
    if not device.startswith("SEP"):
        reason = capf.UNKNOWN_DEVICE
    elif arguments.password is not None and password != arguments.password:
        reason = capf.INVALID_ELEMENT
    else:
        reason = install(connection, arguments, session, device)
    connection.sendall(capf.message(capf.END_SESSION, session, capf.byte(capf.REASON, reason)))


def serve(raw, context, arguments, session):
    try:
        with context.wrap_socket(raw, server_side=True) as connection:
            session_with(connection, arguments, session)
    except (OSError, Closed, Malformed, RuntimeError) as error:
        say(event="failed", session=session, why=str(error))
    finally:
        raw.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True, type=address_of)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--password")
    parser.add_argument("--bits", type=int, default=2048)
    parser.add_argument("--behave", choices=["well", "close", "rubbish", "cut"], default="well")
    arguments = parser.parse_args()
    context = server_context(arguments.certificate, arguments.key)
    server = listening(arguments.listen)
    say(event="listening", port=server.getsockname()[1])
    for session in itertools.count(1):
        raw, _ = server.accept()
        raw.settimeout(30)
        threading.Thread(target=serve, args=(raw, context, arguments, session), daemon=True).start()


if __name__ == "__main__":
    main()
