// The calls that the page has, and which of them the filters take.

const FILTERS = {
  source: (call, wanted) => call.source === wanted,
  device: (call, wanted) => (call.device ?? "").toLowerCase().includes(wanted.toLowerCase()),
  type: (call, wanted) => call.types.includes(wanted),
  outcome: (call, wanted) => call.outcome === wanted,
};

export class Calls {
  #byNumber = new Map();
  #first = Infinity;
  #last = 0;
  #wanted = [];
  keep = Infinity;
  /** The numbers of the calls that the filters take, from the oldest. */
  view = [];
  /** How many numbers have left the view at its beginning. */
  gone = 0;
  counts = new Map();
  types = new Set();

  clear() {
    this.#byNumber.clear();
    this.#first = Infinity;
    this.#last = 0;
    this.view = [];
    this.gone = 0;
    this.counts.clear();
  }

  get size() {
    return this.#byNumber.size;
  }

  get isFiltered() {
    return this.#wanted.length > 0;
  }

  get(number) {
    return this.#byNumber.get(number);
  }

  /** Sets the filters: values by name, empty for any. */
  filter(values) {
    this.#wanted = Object.entries(values).filter(([, value]) => value !== "");
    const numbers = [...this.#byNumber.keys()].sort((one, other) => one - other);
    this.view = numbers.filter((number) => this.#takes(this.#byNumber.get(number)));
    this.gone = 0;
  }

  /** Adds or changes calls. Returns how many were added at the end of the view. */
  merge(changed) {
    let added = 0;
    for (const call of changed) {
      const before = this.#byNumber.get(call.number);
      if (before === undefined && call.number <= this.#last - this.keep) continue;
      this.#byNumber.set(call.number, call);
      this.#count(before, -1);
      this.#count(call, 1);
      this.#first = Math.min(this.#first, call.number);
      this.#last = Math.max(this.#last, call.number);
      for (const type of call.types) this.types.add(type);
      const wasIn = before !== undefined && this.#takes(before);
      const isIn = this.#takes(call);
      if (isIn && !wasIn) added += this.#insert(call.number);
      else if (wasIn && !isIn) this.view.splice(this.position(call.number), 1);
    }
    this.#drop();
    return added;
  }

  /** The place in the view of a number, or of the next one. */
  position(number) {
    let low = 0;
    let high = this.view.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.view[middle] < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(number) {
    const isNewest = this.view.length === 0 || this.view.at(-1) < number;
    if (isNewest) this.view.push(number);
    else this.view.splice(this.position(number), 0, number);
    return isNewest ? 1 : 0;
  }

  #drop() {
    while (this.#byNumber.size > this.keep) {
      this.#count(this.#byNumber.get(this.#first), -1);
      this.#byNumber.delete(this.#first);
      this.#first += 1;
    }
    const dropped = this.position(this.#first);
    if (dropped > 0) {
      this.view.splice(0, dropped);
      this.gone += dropped;
    }
  }

  #count(call, by) {
    if (call === undefined) return;
    for (const key of [call.outcome, `source ${call.source}`]) {
      this.counts.set(key, (this.counts.get(key) ?? 0) + by);
    }
  }

  #takes(call) {
    return call.hit && this.#wanted.every(([name, value]) => FILTERS[name](call, value));
  }
}
