"""Runs examples/webhook.py, has the official CloudEvents SDK parse each request, and fails on demand.

Arguments: the directory of the example, the port or 0, and a file with the mode: `up`; `down`, in which
connections end without an answer; `device NAME`, in which this device's events fail; or `flaky SEED`, in
which a fifth of the attempts fail. Standard output: `port N`, and for each event that was handled, its device and
number.
"""

import io
import os
import random
import sys
from http.server import ThreadingHTTPServer

from cloudevents.core.bindings.http import HTTPMessage, from_http_event

directory, port, mode_file = sys.argv[1:]
sys.path.insert(0, directory)

from webhook import receiver

chance = None
failures = 0


def mode():
    with open(mode_file) as file:
        return file.read().split()


def handle(event):
    global chance, failures
    device = event["data"]["device"]["name"]
    count = event["data"]["properties"][0]["value"]
    match mode():
        case ["device", name] if name == device:
            raise RuntimeError("on purpose")
        case ["flaky", seed]:
            chance = chance or random.Random(int(seed))
            # Five devices in a row would open the circuit, as of a receiver that is down.
            failures = failures + 1 if failures < 3 and chance.random() < 0.2 else 0
            if failures:
                raise RuntimeError("on purpose")
    # In one piece: `print` writes the end of the line separately, and other threads write, too.
    sys.stdout.write(f"{device} {count}\n")
    sys.stdout.flush()


class Parsing(receiver(os.environ["SIGNING_SECRET"], handle, set())):
    def do_POST(self):
        if mode() == ["down"]:
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if "webhook-id" in headers:
            event = from_http_event(HTTPMessage(headers, body))
            assert event.get_id() == headers["webhook-id"], (event.get_id(), headers)
        connection, self.rfile = self.rfile, io.BytesIO(body)
        super().do_POST()
        self.rfile = connection


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


server = Server(("127.0.0.1", int(port)), Parsing)
print("port", server.server_address[1], flush=True)
server.serve_forever()
