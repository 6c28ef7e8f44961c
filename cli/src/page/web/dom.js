// Elements, texts and requests. Nothing here or elsewhere makes HTML of text.

export const $ = (id) => document.getElementById(id);

/** An element with properties, attributes (those with a hyphen, role, for) and children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const button = (text, onclick, properties = {}) =>
  el("button", { type: "button", textContent: text, onclick, ...properties });

/** Changes the text of a node only if it is another one. */
export function put(node, text) {
  if (node.data !== text) node.data = text;
}

export async function get(path) {
  return answer(await fetch(path, { cache: "no-store" }));
}

export async function post(path, order = {}) {
  const headers = { "content-type": "application/json" };
  return answer(await fetch(path, { method: "POST", headers, body: JSON.stringify(order) }));
}

async function answer(response) {
  const isJson = response.headers.get("content-type") === "application/json";
  const content = isJson ? await response.json() : await response.text();
  if (!response.ok) throw new Error(content.error ?? response.statusText);
  return content;
}

/** Tells the user, and a screen reader, in a line at the bottom. */
let told;
export function tell(text) {
  const line = $("told");
  line.textContent = text;
  clearTimeout(told);
  told = setTimeout(() => (line.textContent = ""), 6000);
}

/** Runs an action of a button; a failure is told. */
export const act = (action) => async (event) => {
  const pressed = event?.currentTarget;
  if (pressed) pressed.ariaBusy = "true";
  try {
    await action(event);
  } catch (error) {
    tell(error.message);
  } finally {
    if (pressed) pressed.ariaBusy = null;
  }
};

export async function copy(text, what) {
  await navigator.clipboard.writeText(text);
  tell(`${what} copied`);
}

const two = (number) => String(number).padStart(2, "0");

/** The time of day, with milliseconds. */
export function clock(millis) {
  const at = new Date(millis);
  const fraction = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${fraction}`;
}

/** A duration in microseconds, as text. */
export function duration(micros) {
  if (micros === undefined) return "–";
  if (micros < 1000) return `${micros} µs`;
  if (micros < 100_000) return `${(micros / 1000).toFixed(1)} ms`;
  if (micros < 1_000_000) return `${Math.round(micros / 1000)} ms`;
  if (micros < 120_000_000) return `${(micros / 1_000_000).toFixed(1)} s`;
  return `${Math.round(micros / 60_000_000)} min`;
}

/** JSON with line breaks. Numbers stay as they are written; text that is not JSON stays as it is. */
export function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let out = "";
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  tokens.forEach((token, index) => {
    if (token === "{" || token === "[") {
      depth += 1;
      const isEmpty = tokens[index + 1] === "}" || tokens[index + 1] === "]";
      out += token + (isEmpty ? "" : line());
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const isEmpty = tokens[index - 1] === "{" || tokens[index - 1] === "[";
      out += (isEmpty ? "" : line()) + token;
    } else if (token === ",") out += token + line();
    else if (token === ":") out += ": ";
    else out += token;
  });
  return out;
}
