"""Receives events of a webhook: those with a valid signature, and each event once.

    SIGNING_SECRET=whsec_... python webhook.py
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


def receiver(secret, handle, done):
    """The class that answers requests.

    `done` holds the ids of events that were handled. A set forgets them when the process ends: to act
    only once in all cases, write the id to your database in the transaction of `handle`.
    """
    webhook = Webhook(secret)

    def status(headers, body):
        try:
            event = webhook.verify(body, headers)
        except WebhookVerificationError as error:
            print(f"refused: {error}", file=sys.stderr)
            return 401
        try:
            # A copy has the same id, and is answered like the first.
            if event["id"] not in done:
                handle(event)
                done.add(event["id"])
        except Exception as error:
            # thingrelay sends the event again. Until then it sends nothing more of this device, so order
            # needs no work here.
            print(f"{event['id']} comes again: {error}", file=sys.stderr)
            return 500
        return 204

    class Receiver(BaseHTTPRequestHandler):
        # Connections are kept open for the next event.
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status(self.headers, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return Receiver


def handle(event):
    # A type or a member that is not known here may come with a newer release.
    if event["type"] == "io.thingrelay.device.properties.v1":
        for report in event["data"]["properties"]:
            print(event["subject"], report["time"], report["code"], report["value"])


if __name__ == "__main__":
    answers = receiver(os.environ["SIGNING_SECRET"], handle, set())
    ThreadingHTTPServer(("127.0.0.1", 8080), answers).serve_forever()
