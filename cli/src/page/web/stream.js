// The stream of changes. The browser opens it again by itself, and says what it had last.

import { $, button } from "./dom.js";

/** The most events that wait to be merged: a covered tab gets few frames. */
const MOST = 100;

export class Stream {
  #source;
  #text = "";
  #waiting = [];
  #isScheduled = false;
  #merge;

  /** Calls `merge` with the changes since the last frame. */
  constructor(merge) {
    this.#merge = merge;
  }

  open(text = this.#text) {
    this.#text = text;
    this.#source?.close();
    const query = text ? `?${new URLSearchParams({ text })}` : "";
    const source = new EventSource(`/api/stream${query}`);
    this.#source = source;
    source.addEventListener("open", () => this.#tell("Live", "live"));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) {
        this.#tell("Not connected: too many tabs, or thingrelay has ended", "lost");
        $("connection").append(button("Try again", () => this.open()));
      } else {
        this.#tell("Reconnecting", "lost");
      }
    });
    for (const name of ["hello", "calls", "totals"]) {
      source.addEventListener(name, (event) => this.#take(source, name, event.data));
    }
  }

  #take(source, name, data) {
    if (source !== this.#source) return;
    this.#waiting.push([name, data]);
    if (this.#waiting.length >= MOST) {
      this.#flush();
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      requestAnimationFrame(() => this.#flush());
    }
  }

  #flush() {
    this.#isScheduled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) this.#merge(waiting.map(([name, data]) => [name, JSON.parse(data)]));
  }

  #tell(text, state) {
    const place = $("connection");
    place.textContent = text;
    place.dataset.state = state;
  }
}
