// Breaks things on purpose, and repairs them.

import { $, act, button, el, post } from "./dom.js";
import { stageAgain } from "./detail.js";

export class Faults {
  #fields = { targets: new Map() };
  #shown = "";

  constructor(facts, showOutput) {
    const number = (name, max, min = 0) => el("input", { type: "number", name, min, max, value: 0 });
    const check = (name) => el("input", { type: "checkbox", name });
    const label = (field, text) => el("label", {}, el("span", { textContent: text }), field);
    const targets = facts.targets.map(({ name }) => {
      const fields = { down: check("down"), fail_next: number("fail_next", 1_000_000), slow_ms: number("slow_ms", 10_000) };
      this.#fields.targets.set(name, fields);
      return el("fieldset", {}, el("legend", { textContent: `Target ${name}` }),
        label(fields.down, "Is unavailable"), label(fields.fail_next, "Fails for the next events"), label(fields.slow_ms, "Is slow, by milliseconds"));
    });
    this.#fields.staging = check("staging");
    this.#fields.clock = number("clock", 31_536_000, -31_536_000);
    const again = (text, order) => button(text, act(async () => {
      showOutput();
      await stageAgain(order);
    }));
    const form = el("form", { id: "faults" },
      el("h2", { textContent: "Break things on purpose" }),
      ...targets,
      el("fieldset", {}, el("legend", { textContent: "Staging queue" }), label(this.#fields.staging, "Takes nothing: the platform gets 503")),
      el("fieldset", {}, el("legend", { textContent: "Clock of the endpoint" }), label(this.#fields.clock, "Is ahead by seconds (behind: negative)")),
      el("div", { className: "actions" }, button("Repair everything", act(() => this.#set({})))),
      el("h2", { textContent: "Repair what happened" }),
      el("p", { className: "note", textContent: "A message that waits comes again by itself: after 5 s, then 10 s, and so on." }),
      el("div", { className: "actions" },
        again("Stage quarantine and dead letters again", { from: "dead_letters" }),
        facts.has_archive ? again("Replay the archive", { from: "archive" }) : null),
    );
    form.addEventListener("change", act(() => this.#set(this.#order())));
    form.addEventListener("submit", (event) => event.preventDefault());
    $("break").replaceChildren(form);
  }

  /** Shows the faults as they are, unless the user is at a field. */
  update(state) {
    const text = JSON.stringify(state);
    const isActive = state.staging_down || state.clock_seconds !== 0 || Object.keys(state.targets).length > 0;
    $("tab-break").dataset.active = isActive;
    $("tab-break").setAttribute("aria-label", isActive ? "Break: something is broken on purpose" : "Break");
    if (text === this.#shown || $("faults")?.contains(document.activeElement) && document.activeElement.type === "number") return;
    this.#shown = text;
    for (const [name, fields] of this.#fields.targets) {
      const fault = state.targets[name] ?? { down: false, fail_next: 0, slow_ms: 0 };
      fields.down.checked = fault.down;
      fields.fail_next.value = fault.fail_next;
      fields.slow_ms.value = fault.slow_ms;
    }
    this.#fields.staging.checked = state.staging_down;
    this.#fields.clock.value = state.clock_seconds;
  }

  #order() {
    const whole = (field) => Math.trunc(Number(field.value)) || 0;
    const targets = [...this.#fields.targets].map(([name, { down, fail_next, slow_ms }]) =>
      [name, { down: down.checked, fail_next: Math.max(0, whole(fail_next)), slow_ms: Math.max(0, whole(slow_ms)) }]);
    return { targets: Object.fromEntries(targets), staging_down: this.#fields.staging.checked, clock_seconds: whole(this.#fields.clock) };
  }

  async #set(order) {
    const state = await post("/api/faults", order);
    this.#shown = "";
    this.update(state);
  }
}
