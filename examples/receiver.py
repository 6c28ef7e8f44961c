"""Receives events from a FIFO queue: each device in order, each event once.

    QUEUE_URL=https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo python receiver.py
"""

import json
import os
import sys

import boto3

sqs = boto3.client("sqs")


def receive(queue_url, handle, done):
    """Handles the events of one batch, and deletes those that are done from the queue.

    `done` holds the ids of events that were handled. A set forgets them when the process ends: to act
    only once in all cases, write the id to your database in the transaction of `handle`.
    """
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=20,
        MessageSystemAttributeNames=["MessageGroupId"],
    )
    waiting = set()
    finished = []
    for message in answer.get("Messages", []):
        device = message["Attributes"]["MessageGroupId"]
        # Nothing of a device may overtake what failed. The queue keeps both, and gives them again in
        # their order when the visibility timeout is over.
        if device in waiting:
            continue
        event = json.loads(message["Body"])
        try:
            # A copy has the same id. Delete it like the first.
            if event["id"] not in done:
                handle(event)
                done.add(event["id"])
        except Exception as error:
            print(f"{event['id']} comes again: {error}", file=sys.stderr)
            waiting.add(device)
        else:
            finished.append(message)
    if finished:
        answer = sqs.delete_message_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(finished)
            ],
        )
        # What was not deleted comes again, with an id that is done.
        for failure in answer.get("Failed", []):
            print(f"not deleted: {failure['Code']}", file=sys.stderr)


def handle(event):
    # A type or a member that is not known here may come with a newer release.
    if event["type"] == "io.thingrelay.device.properties.v1":
        for report in event["data"]["properties"]:
            print(event["subject"], report["time"], report["code"], report["value"])


if __name__ == "__main__":
    done = set()
    while True:
        receive(os.environ["QUEUE_URL"], handle, done)
