// The sources: their push URLs and tokens, and what to look at if one has never been called.

import { $, act, button, copy, el, post } from "./dom.js";

export class Sources {
  #facts;
  #counts = new Map();
  #sendTo;

  constructor(facts, sendTo) {
    this.#facts = facts;
    this.#sendTo = sendTo;
    $("sources").replaceChildren(
      el("h2", { textContent: "Sources" }),
      ...facts.sources.map((source) => this.#card(source)),
      el("h2", { textContent: "Targets" }),
      ...(facts.targets.length > 0
        ? facts.targets.map((target) => el("p", {}, el("b", { textContent: target.name }), ` ${target.kind} `, el("code", { textContent: target.address })))
        : [el("p", { className: "note", textContent: "There is no target: messages wait." })]),
      el("p", { className: "note" }, "The queue server is at ", el("code", { textContent: facts.sqs }), "."),
    );
  }

  /** Shows how many calls each source has. */
  update(calls) {
    for (const [name, place] of this.#counts) {
      const count = calls.counts.get(`source ${name}`) ?? 0;
      place.textContent = count > 0 ? `Calls here: ${count}.` : place.dataset.never;
    }
  }

  #card(source) {
    const { name, platform, url, has_token, channel } = source;
    const never = url
      ? `This source has never been called. Look at the rule in the platform's console: it has to be on, and its URL has to end in /${name}. From outside of this machine, the platform needs a tunnel.`
      : "No message was pulled from this source. Look at the log in the terminal: it has a line for each connection.";
    const count = el("p", { className: "note", textContent: never, "data-never": never });
    this.#counts.set(name, count);
    const parts = [
      el("h3", {}, name, el("small", { textContent: ` ${platform}` })),
      url && el("p", {}, el("code", { textContent: url })),
      !url && el("p", { textContent: channel === "pulsar" ? "Pulled from Tuya's message service." : "Pulled from CKafka." }),
      count,
      el("div", { className: "actions" }, ...[
        button("Send a message", () => this.#sendTo(name), { "aria-label": `Send a message to ${name}` }),
        url && button("Copy URL", act(() => copy(url, "The push URL")), { "aria-label": `Copy URL of ${name}` }),
        has_token ? button("Copy as curl", act(async () => copy((await post("/api/curl", { source: name })).curl, "The command, with the token,")), { "aria-label": `Copy as curl for ${name}` }) : null,
      ].filter(Boolean)),
      has_token && this.#token(name),
    ];
    return el("article", { className: "card" }, ...parts.filter(Boolean));
  }

  #token(name) {
    const shown = el("code", { textContent: "••••••••" });
    let isShown = false;
    const toggle = button("Show token", act(async () => {
      isShown = !isShown;
      shown.textContent = isShown ? (await post("/api/reveal", { source: name })).token : "••••••••";
      toggle.textContent = isShown ? "Hide token" : "Show token";
    }), { "aria-describedby": `token-${name}` });
    const copied = button("Copy token", act(async () => copy((await post("/api/reveal", { source: name })).token, "The token")), { "aria-label": `Copy token of ${name}` });
    shown.id = `token-${name}`;
    return el("p", { className: "actions" }, shown, toggle, copied);
  }
}
