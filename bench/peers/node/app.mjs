// Takes a device message that Tencent Cloud IoT pushes, and stages it on an SQS FIFO queue.

import { createHash, timingSafeEqual } from "node:crypto";
import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";

const { QUEUE_URL, TOKEN } = process.env;
const WINDOW = 300;

const sqs = new SQSClient({});

export async function handler(event) {
  const { timestamp = "", nonce = "", signature = "" } = event.headers;

  const expected = hash("sha1", [TOKEN, timestamp, nonce].sort().join(""));
  if (!equal(expected, signature)) {
    return answer(401, { error: "bad_signature" });
  }
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > WINDOW) {
    return answer(401, { error: "stale" });
  }

  let body = event.body ?? "";
  if (event.isBase64Encoded) {
    body = Buffer.from(body, "base64").toString("utf8");
  }
  const source = event.pathParameters.source;
  let device = [];
  try {
    const message = JSON.parse(body);
    device = [message?.productid, message?.devicename];
  } catch {
    // A body that is not JSON goes to the group of the source.
  }

  await sqs.send(
    new SendMessageCommand({
      QueueUrl: QUEUE_URL,
      MessageBody: JSON.stringify({ source, received: Date.now(), original: body }),
      MessageGroupId: hash("sha256", JSON.stringify([source, ...device])),
      MessageDeduplicationId: hash("sha256", signature + body),
    }),
  );
  return answer(200, { status: "accepted" });
}

function hash(algorithm, text) {
  return createHash(algorithm).update(text).digest("hex");
}

function equal(expected, given) {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function answer(status, body) {
  return {
    statusCode: status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}
