// Receives events from a FIFO queue: each device in order, each event once.
//
//     QUEUE_URL=https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo node receiver.mjs

import { pathToFileURL } from "node:url";

import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

const sqs = new SQSClient({});

// Handles the events of one batch, and deletes those that are done from the queue.
//
// `done` holds the ids of events that were handled. A set forgets them when the process ends: to act
// only once in all cases, write the id to your database in the transaction of `handle`.
export async function receive(queueUrl, handle, done) {
  const { Messages: messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ["MessageGroupId"],
    }),
  );
  const waiting = new Set();
  const finished = [];
  for (const message of messages) {
    const device = message.Attributes.MessageGroupId;
    // Nothing of a device may overtake what failed. The queue keeps both, and gives them again in
    // their order when the visibility timeout is over.
    if (waiting.has(device)) continue;
    const event = JSON.parse(message.Body);
    try {
      // A copy has the same id. Delete it like the first.
      if (!done.has(event.id)) {
        await handle(event);
        done.add(event.id);
      }
      finished.push(message);
    } catch (error) {
      console.error(`${event.id} comes again: ${error.message}`);
      waiting.add(device);
    }
  }
  if (finished.length === 0) return;
  const { Failed: failed = [] } = await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: finished.map((message, number) => ({
        Id: String(number),
        ReceiptHandle: message.ReceiptHandle,
      })),
    }),
  );
  // What was not deleted comes again, with an id that is done.
  for (const failure of failed) console.error(`not deleted: ${failure.Code}`);
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
  const done = new Set();
  while (true) await receive(process.env.QUEUE_URL, handle, done);
}
