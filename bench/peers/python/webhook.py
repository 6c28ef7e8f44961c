"""Sends the events of a batch to a receiver: signed, devices in parallel, each device in sequence."""

import asyncio
import json
import os
from datetime import datetime, timezone

import httpx
from standardwebhooks import Webhook

URL = os.environ["URL"]
TIMEOUT = 10
HEADERS = {"content-type": "application/cloudevents+json; charset=utf-8"}

loop = asyncio.new_event_loop()
client = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)
webhook = Webhook(os.environ["SIGNING_SECRET"])


def handler(event, context):
    return loop.run_until_complete(deliver(event["Records"]))


async def deliver(records):
    groups = {}
    for record in records:
        group = record["attributes"]["MessageGroupId"]
        groups.setdefault(group, []).append(record)
    failed = await asyncio.gather(*map(deliver_group, groups.values()))
    failures = [{"itemIdentifier": record["messageId"]} for group in failed for record in group]
    return {"batchItemFailures": failures}


async def deliver_group(records):
    for position, record in enumerate(records):
        if not await delivered(record["body"]):
            return records[position:]
    return []


async def delivered(body):
    id = json.loads(body)["id"]
    now = datetime.now(timezone.utc)
    headers = HEADERS | {
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(id, now, body),
    }
    try:
        answer = await client.post(URL, content=body, headers=headers)
    except httpx.HTTPError:
        return False
    return answer.is_success
