// Plays the platform.

import { $, act, button, duration, el, get, post } from "./dom.js";

const SIGNING = {
  http: {
    right: "with the token of the source",
    wrong_token: "with a wrong token",
    stale: "with a timestamp of yesterday",
    missing: "not at all",
  },
  pulsar: { right: "with the Access Secret of the source", wrong_token: "with a wrong Access Secret" },
  ckafka: { right: "not at all, as records of CKafka are" },
};
const options = (pairs) => pairs.map(([value, textContent]) => el("option", { value, textContent }));

export class Sender {
  #fields;
  #sources;
  #sample = "";
  #asked = 0;

  constructor(facts) {
    this.#sources = new Map(facts.sources.map((source) => [source.name, source]));
    const fields = {
      source: el("select", {}, ...options(facts.sources.map(({ name }) => [name, name]))),
      kind: el("select"),
      sign: el("select"),
      body: el("textarea", { rows: 14, spellcheck: false, autocomplete: "off" }),
      count: el("input", { type: "number", min: 1, max: 10000, value: 1 }),
      devices: el("input", { type: "number", min: 1, max: 1000, value: 1 }),
    };
    this.#fields = fields;
    for (const [name, field] of Object.entries(fields)) field.name = name;
    const label = (name, text) => el("label", {}, el("span", { textContent: text }), fields[name]);
    const result = el("p", { id: "sent", role: "status" });
    const form = el("form", { id: "send-form" },
      el("h2", { textContent: "Play the platform" }),
      label("source", "Source"), label("kind", "Message"), label("sign", "Signed"),
      label("body", "Body"),
      el("p", { className: "note", textContent: "{device}, {product}, {seq}, {timestamp}, {number} and {random} are filled in. The same body twice is a repeat, which the staging queue drops." }),
      el("div", { className: "actions" },
        label("count", "How many"), label("devices", "of how many devices"),
        el("button", { type: "submit", className: "primary", textContent: "Send" }),
        button("New values", act(() => this.refresh()))),
      result);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      act(() => this.#send(result))(event);
    });
    fields.kind.addEventListener("change", act(() => this.refresh()));
    fields.source.addEventListener("change", act(() => {
      this.#choose();
      return this.refresh();
    }));
    const none = el("p", { textContent: "There is no source." });
    $("send").replaceChildren(facts.sources.length > 0 ? form : none);
    if (facts.sources.length > 0) this.#choose();
  }

  /** Offers what comes to the source. */
  #choose() {
    const { source, kind, sign } = this.#fields;
    const { channel, kinds, signing } = this.#sources.get(source.value);
    const named = kinds.map(({ name, about }) => [name, about ? `${name}: ${about}` : name]);
    if (channel === "http") named.push(["check", "check: the platform's check of the URL"]);
    const offer = (field, pairs) => {
      const { value } = field;
      field.replaceChildren(...options(pairs));
      if (pairs.some(([name]) => name === value)) field.value = value;
    };
    offer(kind, named);
    offer(sign, signing.map((name) => [name, SIGNING[channel][name]]));
  }

  /** Puts a new message of the kind into the editor. */
  async refresh() {
    const { source, kind, body } = this.#fields;
    const isCheck = kind.value === "check";
    body.disabled = isCheck;
    // Who sends before the answer is here sends a message of the kind that is chosen now.
    this.#sample = body.value = "";
    const asked = (this.#asked += 1);
    const query = new URLSearchParams({ kind: kind.value, source: source.value });
    const sample = isCheck ? "" : (await get(`/api/sample?${query}`)).body;
    // A body that was given in the meantime stays.
    if (asked !== this.#asked) return;
    this.#sample = sample;
    body.value = sample;
  }

  /** Prepares a message: to a source, or a given one. */
  async prepare(source, text) {
    const { body } = this.#fields;
    if (source) {
      this.#fields.source.value = source;
      this.#choose();
    }
    if (text !== undefined) {
      body.disabled = false;
      if (this.#fields.kind.value === "check") this.#fields.kind.value = "report";
      this.#asked += 1;
      this.#sample = "";
      body.value = text;
      body.focus();
    } else if (body.value === "" || body.value === this.#sample) {
      await this.refresh();
    }
  }

  async #send(result) {
    const { source, kind, sign, body, count, devices } = this.#fields;
    const isEdited = body.value !== this.#sample;
    const many = Number(count.value) > 1;
    const order = { source: source.value, kind: kind.value, sign: sign.value, count: Number(count.value), devices: Number(devices.value) };
    if (kind.value !== "check" && (isEdited || (!many && body.value !== ""))) order.body = body.value;
    result.textContent = "Sending";
    result.dataset.state = "";
    try {
      const sent = await post("/api/send", order);
      const what = many ? `${sent.accepted} accepted, ${sent.refused} refused; the last answer: ` : "";
      result.textContent = `${what}${sent.status ?? ""} ${sent.body} in ${duration(sent.micros)}`;
      result.dataset.state = sent.refused > 0 ? "refused" : "accepted";
      if (!isEdited) await this.refresh();
    } catch (error) {
      result.textContent = error.message;
      result.dataset.state = "refused";
    }
  }
}
