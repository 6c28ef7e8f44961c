// The list of calls: as many rows as there is room for, which move with the scroll position.

import { $, clock, duration, el, put } from "./dom.js";

const SPARE = 8;
export const STATIONS = ["verified", "staged", "normalised", "done"];

const passed = (call) =>
  1 + STATIONS.slice(0, 3).filter((station) => call.stations[station] !== undefined).length +
  (call.outcome === "forwarded" ? 1 : 0);

/** What there is to say about a call where its device stands. */
export const subject = (call) =>
  call.device ?? (call.way === "check" ? "URL check" : call.path ?? "–");

const CELLS = {
  time: (call) => clock(call.at),
  source: (call) => call.source ?? "unknown",
  device: subject,
  type: (call) => call.types.join(", ") || (call.code ?? (call.way === "check" ? "check" : "–")),
  outcome: (call) => call.outcome,
  took: (call) => duration(call.stations.done),
};

export class List {
  #calls;
  #rows = [];
  #height = 0;
  #onSelect;
  selected = null;

  constructor(calls, onSelect) {
    this.#calls = calls;
    this.#onSelect = onSelect;
    const list = $("list");
    list.addEventListener("scroll", () => this.draw(), { passive: true });
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=row]");
      if (!row) return;
      this.select(Number(row.dataset.number));
      // On a small screen, the call is below the list.
      $("panel").scrollIntoView({ block: "nearest" });
    });
    new ResizeObserver(() => this.#resize()).observe(list);
  }

  /** Shows the calls again, after this many were added at the end. */
  update(added) {
    const list = $("list");
    const isFollowing = list.scrollTop < this.#height;
    if (!isFollowing && added > 0) list.scrollTop += added * this.#height;
    this.draw();
  }

  draw() {
    const { view, gone } = this.#calls;
    const list = $("list");
    const height = `${view.length * this.#height}px`;
    const rows = $("rows");
    if (rows.style.height !== height) rows.style.height = height;
    list.setAttribute("aria-rowcount", view.length);
    if (this.#rows.length === 0) return;
    // Rows are counted from the oldest, so that a row keeps its call when others come.
    const top = Math.max(0, Math.floor(list.scrollTop / this.#height) - SPARE / 2);
    const newest = view.length - 1 - top;
    let active = null;
    for (let below = 0; below < this.#rows.length; below += 1) {
      const index = newest - below;
      const slot = (((gone + index) % this.#rows.length) + this.#rows.length) % this.#rows.length;
      const row = this.#rows[slot];
      const isShown = index >= 0;
      if (row.element.hidden === isShown) row.element.hidden = !isShown;
      if (!isShown) continue;
      const place = view.length - 1 - index;
      row.element.style.transform = `translateY(${place * this.#height}px)`;
      const call = this.#calls.get(view[index]);
      this.#fill(row, call, place);
      if (call.number === this.selected) active = row.element.id;
    }
    if (active) list.setAttribute("aria-activedescendant", active);
    else list.removeAttribute("aria-activedescendant");
  }

  select(number) {
    this.selected = number;
    this.draw();
    this.#onSelect(number);
  }

  #fill(row, call, place) {
    const { element, texts } = row;
    const isSelected = String(call.number === this.selected);
    if (element.ariaSelected !== isSelected) element.ariaSelected = isSelected;
    element.ariaRowIndex = place + 1;
    if (row.call === call) return;
    row.call = call;
    element.dataset.number = call.number;
    element.dataset.outcome = call.outcome;
    for (const [name, cell] of Object.entries(CELLS)) put(texts[name], cell(call));
    row.stations.dataset.passed = passed(call);
  }

  #resize() {
    const list = $("list");
    this.#height = parseFloat(getComputedStyle(list).getPropertyValue("--row")) || 40;
    const wanted = Math.ceil(list.clientHeight / this.#height) + SPARE;
    if (wanted !== this.#rows.length) {
      this.#rows = Array.from({ length: wanted }, (_, index) => this.#row(index));
      $("rows").replaceChildren(...this.#rows.map((row) => row.element));
    }
    this.draw();
  }

  #row(index) {
    const texts = {};
    const cells = Object.keys(CELLS).map((name) => {
      texts[name] = document.createTextNode("");
      return el("span", { role: "gridcell", className: name }, texts[name]);
    });
    const stations = el("span", { className: "stations", "aria-hidden": "true" });
    for (let station = 0; station < 5; station += 1) stations.append(el("i"));
    const outcome = cells[Object.keys(CELLS).indexOf("outcome")];
    outcome.prepend(stations);
    const element = el("div", { role: "row", id: `row-${index}`, hidden: true }, ...cells);
    return { element, texts, stations, call: null };
  }

  #key(event) {
    const { view } = this.#calls;
    if (view.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor($("list").clientHeight / this.#height) - 1);
    const steps = { ArrowDown: -1, ArrowUp: 1, PageDown: -page, PageUp: page, Home: Infinity, End: -Infinity };
    if (event.key in steps) {
      const at = this.selected === null ? view.length - 1 - steps[event.key] : this.#calls.position(this.selected);
      const index = Math.min(view.length - 1, Math.max(0, at + steps[event.key]));
      this.#reveal(index);
      this.select(view[index]);
    } else if (event.key === "Enter" && this.selected !== null) {
      $("call").focus();
    } else return;
    event.preventDefault();
  }

  #reveal(index) {
    const list = $("list");
    const top = (this.#calls.view.length - 1 - index) * this.#height;
    if (top < list.scrollTop) list.scrollTop = top;
    const bottom = top + this.#height - list.clientHeight;
    if (bottom > list.scrollTop) list.scrollTop = bottom;
  }
}
