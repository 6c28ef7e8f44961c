"""Runs examples/receiver.py with a handler that fails for some events at their first try.

Arguments: the directory of the example, the URL of the queue, the number of events, and the numbers
(`count`) of those that fail first. Standard output: for each event that was handled, its device and
number.
"""

import sys

directory, queue_url, events, *failing = sys.argv[1:]
sys.path.insert(0, directory)

from receiver import receive

failing = {(device, int(count)) for device, count in (text.split(":") for text in failing)}
handled = []


def handle(event):
    device = event["data"]["device"]["name"]
    count = event["data"]["properties"][0]["value"]
    if (device, count) in failing:
        failing.remove((device, count))
        raise RuntimeError("on purpose")
    handled.append((device, count))


done = set()
while len(handled) < int(events):
    receive(queue_url, handle, done)
for device, count in handled:
    print(device, count)
