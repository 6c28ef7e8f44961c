// Runs examples/receiver.mjs as receiving.py runs its twin, with the same arguments and output.

import path from "node:path";
import { pathToFileURL } from "node:url";

const [directory, queueUrl, events, ...failing] = process.argv.slice(2);
const { receive } = await import(pathToFileURL(path.join(directory, "receiver.mjs")));

const failures = new Set(failing);
const handled = [];

function handle(event) {
  const device = event.data.device.name;
  const count = event.data.properties[0].value;
  if (failures.delete(`${device}:${count}`)) throw new Error("on purpose");
  handled.push([device, count]);
}

const done = new Set();
while (handled.length < Number(events)) await receive(queueUrl, handle, done);
for (const [device, count] of handled) console.log(device, count);
