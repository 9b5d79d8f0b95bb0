"""A CAPF client: what a phone does that is told to install an LSC."""

import argparse
import os
import ssl
import tempfile

import capf
from wire import Closed, Malformed, address_of, client_connection, der_of, openssl, say, element


def make_key(bits):
    with tempfile.TemporaryDirectory() as folder:
        key = os.path.join(folder, "key.pem")
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}", "-out", key)
        return openssl("pkey", "-in", key, "-pubout", "-outform", "DER")


def answer_order(connection, session, found):
    connection.sendall(capf.message(capf.REQUEST_IN_PROGRESS, session))
    public_key = make_key(int.from_bytes(found[capf.KEY_SIZE], "big"))
    connection.sendall(capf.message(capf.KEY_GENERATE_RESPONSE, session, element(capf.PUBLIC_KEY, public_key)))
    command, _, found = capf.read_message(connection)
    if command != capf.STORE_CERTIFICATE_REQUEST:
        return {"result": "refused", "command": command}
    der = found[capf.CERTIFICATE][5:]
    pem = openssl("x509", "-inform", "DER", given=der)
    certified = openssl("pkey", "-pubin", "-pubout", "-outform", "DER", given=openssl("x509", "-pubkey", "-noout", given=pem))
    connection.sendall(
        capf.message(capf.STORE_CERTIFICATE_RESPONSE, session, capf.byte(capf.REASON, capf.SUCCESS))
    )
    command, _, found = capf.read_message(connection)
    return {
        "result": "installed",
        "ownKey": certified == public_key,
        "certificate": pem.decode(),
        "reason": found[capf.REASON][0] if command == capf.END_SESSION else None,
    }


def enrol(connection, arguments):
    command, session, _ = capf.read_message(connection)
    if command != capf.AUTH_REQUEST:
        raise Malformed(f"command {command} before AUTH_REQUEST")
    if arguments.behave == "close":
        return {"result": "closed"}
    if arguments.behave == "rubbish":
        connection.sendall(os.urandom(4096))
    named = session + 1 if arguments.behave == "session" else session
    if arguments.behave != "rubbish":
        connection.sendall(
            capf.message(
                capf.AUTH_RESPONSE,
                named,
                capf.byte(capf.REASON, capf.SUCCESS),
                capf.byte(capf.VERSION, 3),
                capf.text(capf.PASSWORD, arguments.password),
                capf.text(capf.DEVICE_NAME, arguments.device),
            )
        )
    command, session, found = capf.read_message(connection)
    if command == capf.KEY_GENERATE_REQUEST:
        return answer_order(connection, session, found)
    if command == capf.END_SESSION:
        return {"result": "ended", "reason": found[capf.REASON][0]}
    raise Malformed(f"command {command} after AUTH_RESPONSE")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--connect", required=True, type=address_of)
    parser.add_argument("--device", required=True)
    parser.add_argument("--password", default="")
    parser.add_argument("--server", help="PEM file of the certificate that the server has to show")
    parser.add_argument("--behave", choices=["well", "close", "rubbish", "session"], default="well")
    arguments = parser.parse_args()
    try:
        with client_connection(arguments.connect, 30) as connection:
            if arguments.server is not None and connection.getpeercert(True) != der_of(arguments.server):
                say(result="not-trusted")
                return
            say(**enrol(connection, arguments))
    except (Closed, Malformed, ssl.SSLError, OSError) as error:
        say(result="failed", why=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
