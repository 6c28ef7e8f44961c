// Rates, latencies, the balance and the queues.

import { $, duration, el } from "./dom.js";

const NAMES = ["arrived", "forwarded", "refused"];
const WIDTH = 240;
const HEIGHT = 40;
const SVG = "http://www.w3.org/2000/svg";

export function show(totals) {
  const { seconds, latency } = totals;
  if (seconds) plot(seconds);
  for (const name of ["p50", "p95", "p99"]) {
    $(name).textContent = latency ? duration(latency[name]) : "–";
  }
  if (!$("totals").hidden) figures(totals);
}

/** Lines over the last two minutes. The second that is not over is left out. */
function plot(seconds) {
  const whole = seconds.slice(0, -1);
  const most = Math.max(1, ...whole.map((second) => Math.max(...NAMES.map((name) => second[name]))));
  const place = $("plot");
  while (place.childElementCount < NAMES.length) {
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("class", NAMES[place.childElementCount]);
    place.append(line);
  }
  NAMES.forEach((name, index) => {
    const points = whole.map((second, at) => {
      const x = WIDTH - (whole.length - 1 - at) * 2;
      return `${x},${HEIGHT - 2 - (second[name] / most) * (HEIGHT - 4)}`;
    });
    place.children[index].setAttribute("points", points.join(" "));
  });
  const now = whole.at(-1)?.arrived ?? 0;
  $("rate").textContent = `${now}/s`;
  place.setAttribute("aria-label", `Calls in the last two minutes: now ${now} a second, at most ${most}`);
}

function figures({ balance, queues, latency }) {
  const place = $("totals");
  const lines = balance.length > 0 ? balance : ["Nothing was counted yet."];
  const depths = Object.entries(queues);
  place.replaceChildren(
    el("h2", { textContent: "Balance" }),
    el("p", { className: "note", textContent: "Every message that was received is in one of the counts on the right." }),
    el("ul", { className: "lines" }, ...lines.map((line) => el("li", { textContent: line }))),
    el("h2", { textContent: "Messages on the queues" }),
    el("table", {}, el("tbody", {}, ...depths.map(([name, depth]) =>
      el("tr", {}, el("th", { scope: "row", textContent: name }), el("td", { textContent: depth }))))),
    el("h2", { textContent: "From arrival to the targets" }),
    el("p", {
      textContent: latency
        ? `Of the last ${latency.of} messages, half took ${duration(latency.p50)} or less, 95 % ${duration(latency.p95)}, 99 % ${duration(latency.p99)}.`
        : "No message was forwarded yet.",
    }),
  );
}
