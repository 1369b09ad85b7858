#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""https_dir.py PORT CERTIFICATE KEY CLIENTS - serves the current directory on loopback to those who show one of these
certificates, and says for each request who it was."""
import http.server
import ssl
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        shown = self.connection.getpeercert() or {"subject": ()}
        names = {key: value for part in shown["subject"] for key, value in part}
        print(names.get("commonName", "nobody"), self.connection.version(), format % args, flush=True)


def main(port, certificate, key, clients):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=clients)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
