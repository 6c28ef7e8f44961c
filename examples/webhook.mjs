// Receives events of a webhook: those with a valid signature, and each event once.
//
//     SIGNING_SECRET=whsec_... node webhook.mjs

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

import { Webhook, WebhookVerificationError } from "standardwebhooks";

// The server that answers requests.
//
// `done` holds the ids of events that were handled. A set forgets them when the process ends: to act
// only once in all cases, write the id to your database in the transaction of `handle`.
export function receiver(secret, handle, done) {
  const webhook = new Webhook(secret);

  async function status(headers, body) {
    let event;
    try {
      event = webhook.verify(body, headers);
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      console.error(`refused: ${error.message}`);
      return 401;
    }
    try {
      // A copy has the same id, and is answered like the first.
      if (!done.has(event.id)) {
        await handle(event);
        done.add(event.id);
      }
      return 204;
    } catch (error) {
      // thingrelay sends the event again. Until then it sends nothing more of this device, so order
      // needs no work here.
      console.error(`${event.id} comes again: ${error.message}`);
      return 500;
    }
  }

  return createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    response.statusCode = await status(request.headers, Buffer.concat(parts));
    response.end();
  });
}

function handle(event) {
  // A type or a member that is not known here may come with a newer release.
  if (event.type === "io.thingrelay.device.properties.v1") {
    for (const report of event.data.properties) {
      console.log(event.subject, report.time, report.code, report.value);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  receiver(process.env.SIGNING_SECRET, handle, new Set()).listen(8080, "127.0.0.1");
}
