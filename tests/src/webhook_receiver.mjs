// Runs examples/webhook.mjs with a handler that fails on demand.
//
// Arguments: the directory of the example, and a file with the mode: `up`, or `device NAME`, in which this
// device's events fail. Standard output: `port N`, and for each event that was handled, its device and
// number.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [directory, modeFile] = process.argv.slice(2);
const { receiver } = await import(pathToFileURL(join(directory, "webhook.mjs")));

function handle(event) {
  const device = event.data.device.name;
  const [mode, name] = readFileSync(modeFile, "utf8").split(" ");
  if (mode === "device" && name === device) throw new Error("on purpose");
  console.log(device, event.data.properties[0].value);
}

const server = receiver(process.env.SIGNING_SECRET, handle, new Set());
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
