"""Pulls the messages of Tuya's message service, and stages them on an SQS FIFO queue."""

import base64
import hashlib
import json
import os
import time

import boto3
import websocket
from Crypto.Cipher import AES
from Crypto.Util.Padding import unpad

URL = os.environ["TUYA_URL"]
ACCESS_ID = os.environ["TUYA_ACCESS_ID"]
ACCESS_KEY = os.environ["TUYA_ACCESS_KEY"]
QUEUE_URL = os.environ["QUEUE_URL"]
SOURCE = "house"
TOPIC = f"persistent/{ACCESS_ID}/out/event"
KEY = ACCESS_KEY[8:24].encode()
BATCH = 10
PATIENCE = 0.1
PING_PERIOD = 30
MARGIN = 5

sqs = boto3.client("sqs")


def handler(event, context):
    end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN
    ping = time.monotonic() + PING_PERIOD
    staged = 0
    batch = []
    connection = connect()
    try:
        while time.monotonic() < end:
            try:
                batch.append(json.loads(connection.recv()))
                is_due = len(batch) == BATCH
            except websocket.WebSocketTimeoutException:
                is_due = bool(batch)
            if is_due:
                stage(batch)
                for message in batch:
                    connection.send(json.dumps({"messageId": message["messageId"]}))
                staged += len(batch)
                batch = []
            if time.monotonic() >= ping:
                connection.ping()
                ping = time.monotonic() + PING_PERIOD
    finally:
        connection.close()
    return {"staged": staged}


def connect():
    password = md5(ACCESS_ID + md5(ACCESS_KEY))[8:24]
    return websocket.create_connection(
        f"{URL}/ws/v2/consumer/{TOPIC}/{ACCESS_ID}-sub"
        "?subscriptionType=Failover&ackTimeoutMillis=30000&receiverQueueSize=1000",
        header={"username": ACCESS_ID, "password": password},
        timeout=PATIENCE,
        # Else every byte is looked at in Python; json.loads decodes UTF-8 anyway.
        skip_utf8_validation=True,
    )


def stage(batch):
    answer = sqs.send_message_batch(
        QueueUrl=QUEUE_URL,
        Entries=[entry(str(number), message) for number, message in enumerate(batch)],
    )
    if answer.get("Failed"):
        # The broker hands out again what is not acknowledged.
        raise RuntimeError(answer["Failed"])


def entry(number, message):
    envelope = json.loads(base64.b64decode(message["payload"]))
    original = decrypt(envelope["data"], message["properties"].get("em"))
    report = json.loads(original)
    device = report["devId"]
    identity = json.dumps([SOURCE, device, report["dataId"]])
    return {
        "Id": number,
        "MessageBody": json.dumps(
            {
                "source": SOURCE,
                "topic": TOPIC,
                "message_id": message["messageId"],
                "published": message["publishTime"],
                "protocol": envelope["protocol"],
                "received": time.time(),
                "original": original,
            }
        ),
        "MessageGroupId": sha256(json.dumps([SOURCE, device])),
        "MessageDeduplicationId": sha256(identity),
    }


def decrypt(data, em):
    data = base64.b64decode(data)
    if em == "aes_gcm":
        cipher = AES.new(KEY, AES.MODE_GCM, nonce=data[:12])
        return cipher.decrypt_and_verify(data[12:-16], data[-16:]).decode()
    return unpad(AES.new(KEY, AES.MODE_ECB).decrypt(data), AES.block_size).decode()


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()
