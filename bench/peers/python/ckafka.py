"""Pulls the records of CKafka topics by a consumer group, and stages them on an SQS FIFO queue."""

import hashlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from confluent_kafka import Consumer

BROKERS = os.environ["KAFKA_BROKERS"]
TOPICS = os.environ["KAFKA_TOPICS"].split(",")
GROUP = os.environ["KAFKA_GROUP"]
USERNAME = os.environ["KAFKA_USERNAME"]
PASSWORD = os.environ["KAFKA_PASSWORD"]
QUEUE_URL = os.environ["QUEUE_URL"]
SOURCE = "plant"
THREADS = 8
CHUNK = 1000
BATCH = 10
PATIENCE = 0.1
MARGIN = 5

sqs = boto3.client("sqs", config=Config(max_pool_connections=THREADS))
threads = ThreadPoolExecutor(THREADS)


def handler(event, context):
    end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN
    staged = 0
    consumer = connect()
    try:
        while time.monotonic() < end:
            records = consumer.consume(CHUNK, PATIENCE)
            if not records:
                continue
            # One thread for each device, so that its records stay in their order.
            lanes = [[] for _ in range(THREADS)]
            for record in records:
                if record.error():
                    raise RuntimeError(record.error())
                group, staging = entry(record)
                lanes[hash(group) % THREADS].append(staging)
            # Raises what a thread raised: what is not committed comes again.
            list(threads.map(stage, lanes))
            consumer.commit()
            staged += len(records)
    finally:
        consumer.close()
    return {"staged": staged}


def connect():
    consumer = Consumer(
        {
            "bootstrap.servers": BROKERS,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": USERNAME,
            "sasl.password": PASSWORD,
            "group.id": GROUP,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe(TOPICS)
    return consumer


def stage(entries):
    for begin in range(0, len(entries), BATCH):
        batch = entries[begin : begin + BATCH]
        for number, staging in enumerate(batch):
            staging["Id"] = str(number)
        answer = sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=batch)
        if answer.get("Failed"):
            raise RuntimeError(answer["Failed"])


def entry(record):
    value = record.value()
    envelope = json.loads(value)
    place = [record.topic(), record.partition(), record.offset()]
    device = json.dumps([SOURCE, envelope["ProductId"], envelope["DeviceName"]])
    group = sha256(device.encode())
    key = record.key()
    return group, {
        "MessageBody": json.dumps(
            {
                "source": SOURCE,
                "place": place,
                "timestamp": record.timestamp()[1],
                "key": key.decode() if key else None,
                "received": time.time(),
                "original": value.decode(),
            }
        ),
        "MessageGroupId": group,
        "MessageDeduplicationId": sha256(json.dumps([SOURCE, *place]).encode() + value),
    }


def sha256(data):
    return hashlib.sha256(data).hexdigest()
