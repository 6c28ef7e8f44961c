// Starts the page.

import { Calls } from "./calls.js";
import { Detail } from "./detail.js";
import { $, button, el, get, tell } from "./dom.js";
import { Faults } from "./faults.js";
import { List } from "./list.js";
import { Sender } from "./send.js";
import { Sources } from "./sources.js";
import { Stream } from "./stream.js";
import { show as showTotals } from "./totals.js";

const OUTCOMES = ["forwarded", "refused", "repeated", "waiting", "quarantined", "dead", "unrouted", "staged", "checked", "arrived"];
const TABS = ["call", "sources", "send", "break", "totals"];

const facts = await get("/api/facts");
const calls = new Calls();
const stream = new Stream(merge);
const list = new List(calls, (number) => {
  showTab("call");
  detail.show(number);
});
const detail = new Detail({ facts, filterDevice, sendAgain, select: (number) => list.select(number) });
const sender = new Sender(facts);
const sources = new Sources(facts, (name) => {
  showTab("send");
  sender.prepare(name);
});
const faults = new Faults(facts, () => showTab("call"));

function merge(events) {
  let added = 0;
  let isShownChanged = false;
  const changed = [];
  const flush = () => {
    added += calls.merge(changed.splice(0));
  };
  for (const [name, data] of events) {
    if (name === "calls") {
      for (const call of data) {
        changed.push(call);
        isShownChanged ||= call.number === list.selected;
      }
    } else if (name === "hello") {
      calls.keep = data.keep;
      if (!data.resumed) {
        flush();
        calls.clear();
      }
    } else {
      flush();
      second(data);
    }
  }
  flush();
  list.update(added);
  showEmpty();
  if (isShownChanged) detailSoon();
}

/** Once a second. */
function second(totals) {
  showTotals(totals);
  if (totals.faults) faults.update(totals.faults);
  sources.update(calls);
  addOptions($("source"), facts.sources.map((source) => source.name));
  addOptions($("type"), [...calls.types].sort());
  const counts = OUTCOMES.map((name) => [calls.counts.get(name) ?? 0, name]).filter(([count]) => count > 0);
  const text = counts.map(([count, name]) => `${count} ${name}`).join(", ");
  const shown = calls.isFiltered || $("text").value ? `${calls.view.length} of ${calls.size} shown` : "";
  const summary = [shown, text].filter(Boolean).join(": ");
  if ($("summary").textContent !== summary) $("summary").textContent = summary;
}

let soon;
function detailSoon() {
  soon ??= setTimeout(() => {
    soon = undefined;
    if (list.selected !== null) detail.show(list.selected);
  }, 200);
}

function addOptions(select, names) {
  const known = new Set([...select.options].map((option) => option.value));
  for (const name of names) if (!known.has(name)) select.append(el("option", { value: name, textContent: name }));
}

function filter() {
  const value = (name) => $(name).value.trim();
  calls.filter({ source: value("source"), device: value("device"), type: value("type"), outcome: value("outcome") });
  $("list").scrollTop = 0;
  list.draw();
  showEmpty();
}

function filterDevice(device) {
  $("device").value = device;
  filter();
  $("list").focus();
}

function sendAgain(call) {
  showTab("send");
  sender.prepare(call.source, call.original ?? "");
}

let emptyFor;
function showEmpty() {
  const isEmpty = calls.view.length === 0;
  const why = isEmpty ? (calls.size > 0 ? "filtered" : "never") : "";
  if (why === emptyFor) return;
  emptyFor = why;
  $("empty").hidden = !isEmpty;
  if (why === "filtered") {
    $("empty").replaceChildren(el("p", { textContent: "No call passes the filters." }), button("Clear the filters", () => $("clear").click()));
  } else if (why === "never") {
    const pushed = facts.sources.filter((source) => source.url);
    $("empty").replaceChildren(
      el("h2", { textContent: "Waiting for the first call" }),
      el("p", { textContent: "Send a message as the platform does, or enter a push URL and its token in the platform's console." }),
      el("div", { className: "actions" },
        ...pushed.map(({ name }) => button(`Send to ${name}`, () => {
          showTab("send");
          sender.prepare(name);
        })),
        button("URLs and tokens", () => showTab("sources"))),
    );
  }
}

function showTab(name) {
  for (const tab of TABS) {
    const isShown = tab === name;
    $(tab).hidden = !isShown;
    $(`tab-${tab}`).ariaSelected = String(isShown);
    $(`tab-${tab}`).tabIndex = isShown ? 0 : -1;
  }
  if (name === "send") sender.prepare();
}

for (const name of TABS) $(`tab-${name}`).addEventListener("click", () => showTab(name));
$("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = TABS.findIndex((name) => document.activeElement?.id === `tab-${name}`);
  if (!step || at < 0) return;
  const next = TABS[(at + step + TABS.length) % TABS.length];
  showTab(next);
  $(`tab-${next}`).focus();
  event.preventDefault();
});
addEventListener("keydown", (event) => {
  const isTyping = event.target.matches?.("input, textarea, select");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
    $("text").focus();
    event.preventDefault();
  } else if (event.key === "Escape" && (!isTyping || $("filters").contains(event.target))) {
    $("list").focus();
  }
});

let typed;
$("text").addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(() => stream.open($("text").value.trim()), 250);
});
for (const name of ["source", "type", "outcome"]) $(name).addEventListener("change", filter);
$("device").addEventListener("input", filter);
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("filters").addEventListener("reset", () => {
  setTimeout(() => {
    filter();
    stream.open("");
  });
});

addOptions($("outcome"), OUTCOMES);
addEventListener("unhandledrejection", (event) => tell(String(event.reason?.message ?? event.reason)));
filter();
stream.open();
