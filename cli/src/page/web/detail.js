// Everything about one call.

import { $, act, button, clock, copy, duration, el, get, post, pretty, tell } from "./dom.js";
import { STATIONS, subject } from "./list.js";

const NAMES = {
  verified: "Verified",
  staged: "Staged",
  normalised: "Normalised",
};
const DONE = {
  forwarded: "Forwarded to every target",
  refused: "Refused",
  repeated: "Dropped: a repeat",
  quarantined: "In quarantine",
  unrouted: "No target takes it",
  checked: "Answered with its Echostr",
  waiting: "Waiting",
  dead: "A dead letter",
};
const WAYS = { push: "pushed", check: "a check of the URL", pull: "pulled", staging: "from the staging queue" };
const MEANINGS = {
  arrived: "The request is at work.",
  staged: "The staging queue has the message. The consumer comes next.",
  checked: "The platform accepts the push URL.",
  unrouted: "The event passes the filters of no target. It is counted, and not an error.",
};

let shown = null;
let wanted = 0;

export class Detail {
  #tools;

  /** `tools` has `filterDevice`, `sendAgain` and `select`, and the `facts`. */
  constructor(tools) {
    this.#tools = tools;
    this.empty();
  }

  empty() {
    shown = null;
    $("call").replaceChildren(
      el("p", { className: "note", textContent: "Choose a call to see its stations, the original and its events. The arrow keys move in the list, Enter goes here, Escape goes back." }),
    );
  }

  /** Shows a call, or shows it again after it has changed. */
  async show(number) {
    const asked = (wanted += 1);
    let call;
    try {
      call = await get(`/api/calls/${number}`);
    } catch (error) {
      if (asked === wanted) $("call").replaceChildren(el("p", { textContent: error.message }));
      return;
    }
    if (asked !== wanted) return;
    const place = $("call");
    const keep = shown === number ? [...place.querySelectorAll("details")].map((part) => part.open) : [];
    const scroll = shown === number ? place.scrollTop : 0;
    const focused = shown === number && place.contains(document.activeElement) ? document.activeElement.textContent : null;
    const output = shown === number ? place.querySelector(".output") : null;
    shown = number;
    place.replaceChildren(...[...this.#parts(call), output].filter(Boolean));
    [...place.querySelectorAll("details")].forEach((part, index) => (part.open = keep[index] ?? part.open));
    place.scrollTop = scroll;
    if (focused) [...place.querySelectorAll("button")].find((it) => it.textContent === focused)?.focus();
  }

  #parts(call) {
    return [
      el("h2", {}, el("span", { className: "badge", "data-outcome": call.outcome, textContent: call.outcome }), ` ${subject(call)}`),
      el("p", { className: "note", textContent: about(call) }),
      explanation(call),
      explained(call),
      this.#repeat(call),
      this.#actions(call),
      el("h3", { textContent: "Stations" }),
      stations(call),
      this.#messages(call),
      request(call),
    ];
  }

  #repeat(call) {
    if (!call.repeat_of) return null;
    const first = call.repeat_of;
    return el("p", {}, "The platform sent this message before, and the staging queue keeps one of them. ",
      button(`Show the first, call ${first}`, () => this.#tools.select(first)));
  }

  #actions(call) {
    const { facts, filterDevice, sendAgain } = this.#tools;
    const source = facts.sources.find((it) => it.name === call.source);
    const canSend = source && call.way !== "check";
    const canPush = canSend && source.has_token;
    const all = [
      call.device && button("Only this device", () => filterDevice(call.device)),
      canSend && button("Edit and send", () => sendAgain(call)),
      canPush && button("Copy as curl", act(async () => {
        const { curl } = await post("/api/curl", { source: call.source, call: call.number });
        await copy(curl, "The command, with the token,");
      })),
      call.id && ["quarantined", "dead"].includes(call.outcome) &&
        button("Stage again", act(() => stageAgain({ from: "dead_letters", id: call.id }))),
      call.id && facts.has_archive && ["forwarded", "quarantined"].includes(call.outcome) &&
        button("Replay", act(() => stageAgain({ from: "archive", id: call.id }))),
    ];
    const given = all.filter(Boolean);
    return given.length > 0 ? el("div", { className: "actions" }, ...given) : null;
  }

  #messages(call) {
    const original = el("pre", { tabIndex: 0, role: "group", "aria-label": "The original" },
      call.original === null || call.original === undefined ? "The original may hold a secret, or is not text." : pretty(call.original));
    const reveal = call.is_whole || call.bytes === 0 ? null : button("Show it as it came, with secrets", act(async () => {
      const text = await post(`/api/original/${call.number}`);
      original.textContent = typeof text === "string" ? pretty(text) : JSON.stringify(text, null, 2);
    }));
    const events = call.events.map((event) =>
      el("article", {},
        el("h4", { textContent: event.type }),
        button("Copy", act(() => copy(event.text, "The event")), { "aria-label": `Copy the event ${event.type}` }),
        el("pre", { tabIndex: 0, role: "group", "aria-label": `The event ${event.type}` }, pretty(event.text))));
    return el("div", { className: "pair" },
      el("section", { "aria-label": "Original" }, el("h3", { textContent: `Original, ${call.bytes} bytes` }), reveal, original),
      el("section", { "aria-label": "Events" },
        el("h3", { textContent: call.events.length === 1 ? "Event" : `Events: ${call.events.length}` }),
        ...(events.length > 0 ? events : [el("p", { className: "note", textContent: "No event was made of this call." })])));
  }
}

/** Stages messages again, and shows what the command has said. */
export async function stageAgain(order) {
  const { command, is_done, output } = await post("/api/stage-again", order);
  tell(is_done ? "Staged again" : "The command has failed");
  const place = $("call");
  place.querySelector(".output")?.remove();
  place.append(el("section", { className: "output", "aria-label": "The command" },
    el("h3", { textContent: "The command" }), el("pre", { tabIndex: 0, role: "group", "aria-label": "What it has said" }, `$ ${command}\n${output}`)));
}

function about(call) {
  const from = call.source ? `source ${call.source} (${call.platform})` : `the unknown path ${call.path ?? ""}`;
  const again = call.attempts > 1 ? `, read ${call.attempts} times` : "";
  return `Call ${call.number}, ${WAYS[call.way]}, ${from}, ${clock(call.at)}${again}`;
}

function explanation(call) {
  const meaning = call.explanation?.meaning ?? MEANINGS[call.outcome];
  if (!call.code && !meaning) return null;
  const parts = [
    call.code && el("strong", { textContent: call.answer?.status >= 400 ? `${call.answer.status} ${call.code}` : call.code }),
    meaning && el("p", { textContent: `${meaning[0].toUpperCase()}${meaning.slice(1)}${meaning.endsWith(".") ? "" : "."}` }),
    call.detail && el("p", { textContent: call.detail }),
    call.explanation?.do && el("p", {}, el("b", { textContent: "What to do: " }), call.explanation.do),
  ];
  return el("div", { className: "explanation", "data-outcome": call.outcome }, ...parts.filter(Boolean));
}

/** What the command `thingrelay explain` says of the request. */
function explained(call) {
  if (!call.explained) return null;
  return el("section", { "aria-label": "Explained" }, el("h3", { textContent: "Explained" }),
    el("pre", { tabIndex: 0, role: "group", "aria-label": "What explain says" }, call.explained));
}

function stations(call) {
  const steps = [["Arrived", 0]];
  for (const name of STATIONS) {
    const at = call.stations[name];
    if (at !== undefined && (name === "done" || NAMES[name])) {
      steps.push([name === "done" ? DONE[call.outcome] ?? "Done" : NAMES[name], at]);
    }
  }
  const items = steps.map(([name, at], index) => {
    const since = index === 0 ? clock(call.at) : `+ ${duration(Math.max(0, at - steps[index - 1][1]))}`;
    return el("li", {}, el("span", { textContent: name }), el("span", { className: "time", textContent: since }));
  });
  for (const [target, { state, after, tries, detail }] of Object.entries(call.targets)) {
    const again = tries > 1 ? `, try ${tries}` : "";
    items.push(el("li", { className: "target", "data-state": state },
      el("span", { textContent: `Target ${target}: ${state}${again}${detail ? ` (${detail})` : ""}` }),
      el("span", { className: "time", textContent: `at ${duration(after)}` })));
  }
  if (call.outcome === "waiting") items.push(el("li", { textContent: "Waiting: it comes again, in order" }));
  return el("ol", { className: "way" }, ...items);
}

function request(call) {
  if (!call.request) return null;
  const answer = call.answer
    ? `\n\nHTTP ${call.answer.status}${call.answer.message ? `\n${call.answer.code}: ${call.answer.message}` : ""}`
    : "";
  return el("details", {}, el("summary", { textContent: "Request and answer" }),
    el("pre", { tabIndex: 0, role: "group", "aria-label": "Request and answer" }, call.request + answer));
}
