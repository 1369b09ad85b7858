#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""askcert.py CERTIFICATE KEY CA LOG VERSION... - an HTTPS server on loopback that demands a client's certificate
issued by CA; one port for each version of TLS (1.2, 1.3), printed in their order. Each page's title is its path.
LOG gets a line for each handshake, when it is done: port, path, TLS version, SHA-256 of the certificate, subject's
common name; or port, "refused", and why. No session is resumed: each connection shows that the client has the key."""
import hashlib
import socket
import ssl
import sys
import threading

PAGE = "<!doctype html><title>{0}</title><link rel=icon href=data:,><p>{0}"
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def context(certificate, key, authority, version):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.minimum_version = ctx.maximum_version = VERSIONS[version]
    ctx.load_cert_chain(certificate, key)
    ctx.load_verify_locations(authority)
    ctx.verify_mode = ssl.CERT_REQUIRED
    ctx.options |= ssl.OP_NO_TICKET
    ctx.num_tickets = 0
    return ctx


def answer(ctx, connection, port, log):
    connection.settimeout(60)
    try:
        with ctx.wrap_socket(connection, server_side=True) as tls:
            path = tls.recv(65536).split(b" ")[1].decode("ascii", "replace").strip("/")
            names = {key: value for part in tls.getpeercert()["subject"] for key, value in part}
            sha256 = hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest()
            log(port, path, tls.version(), sha256, names["commonName"])
            body = PAGE.format(path).encode()
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
                        b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    except (OSError, IndexError) as error:
        log(port, "refused", getattr(error, "reason", None) or error)


def listen(listener, ctx, log):
    port = listener.getsockname()[1]
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(ctx, connection, port, log), daemon=True).start()


def main(certificate, key, authority, log_path, *versions):
    turn = threading.Lock()

    def log(*words):
        with turn, open(log_path, "a", encoding="utf-8") as out:
            print(*words, file=out)

    threads = []
    for version in versions:
        listener = socket.create_server(("127.0.0.1", 0))
        ctx = context(certificate, key, authority, version)
        threads.append(threading.Thread(target=listen, args=(listener, ctx, log), daemon=True))
        print(listener.getsockname()[1])
    sys.stdout.flush()
    for thread in threads:
        thread.start()
    threads[0].join()


if __name__ == "__main__":
    main(*sys.argv[1:])
