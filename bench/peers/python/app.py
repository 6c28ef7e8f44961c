"""Takes a device message that Tencent Cloud IoT pushes, and stages it on an SQS FIFO queue."""

import base64
import hashlib
import hmac
import json
import os
import time

import boto3

QUEUE_URL = os.environ["QUEUE_URL"]
TOKEN = os.environ["TOKEN"]
WINDOW = 300

sqs = boto3.client("sqs")


def handler(event, context):
    headers = event["headers"]
    timestamp = headers.get("timestamp", "")
    nonce = headers.get("nonce", "")
    signature = headers.get("signature", "")

    text = "".join(sorted([TOKEN, timestamp, nonce]))
    expected = hashlib.sha1(text.encode()).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return answer(401, {"error": "bad_signature"})
    if abs(time.time() - int(timestamp)) > WINDOW:
        return answer(401, {"error": "stale"})

    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode()
    source = event["pathParameters"]["source"]
    try:
        message = json.loads(body)
        device = [message.get("productid"), message.get("devicename")]
    except (ValueError, AttributeError):
        device = []
    group = hashlib.sha256(json.dumps([source, *device]).encode()).hexdigest()
    duplicate = hashlib.sha256((signature + body).encode()).hexdigest()

    sqs.send_message(
        QueueUrl=QUEUE_URL,
        MessageBody=json.dumps({"source": source, "received": time.time(), "original": body}),
        MessageGroupId=group,
        MessageDeduplicationId=duplicate,
    )
    return answer(200, {"status": "accepted"})


def answer(status, body):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
