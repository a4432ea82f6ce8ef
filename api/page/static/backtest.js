// What a subscription would have sent: a bar a day, and the alerts below.
import { word } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 480;
const HEIGHT = 60;

function make(name, text, more = {}) {
  return Object.assign(document.createElement(name), { textContent: text, ...more });
}

function draw(perDay) {
  const days = Object.entries(perDay);
  const most = Math.max(1, ...days.map(([, n]) => n));
  const step = WIDTH / days.length;
  const drawing = document.createElementNS(SVG, "svg");
  const set = (element, values) => { for (const [name, value] of Object.entries(values)) element.setAttribute(name, value); };
  set(drawing, { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "days", role: "img", "aria-label": days.map(([day, n]) => `${day}: ${n}`).join(", ") });
  days.forEach(([day, n], at) => {
    const bar = document.createElementNS(SVG, "rect");
    const height = (HEIGHT * n) / most;
    set(bar, { x: at * step + 1, width: step - 2, y: HEIGHT - height, height });
    const title = document.createElementNS(SVG, "title");
    title.textContent = `${day}: ${n}`;
    bar.append(title);
    drawing.append(bar);
  });
  return drawing;
}

function line(alert) {
  const entry = make("li", "");
  const headline = alert.item_id ? make("a", alert.headline, { href: `/view/items/${alert.item_id}` }) : make("span", alert.headline);
  headline.dir = "auto";
  const at = `${alert.at.slice(0, 16).replace("T", " ")} `;
  entry.append(make("time", at, { dateTime: alert.at }), headline, make("span", ` ${alert.reasons.join("; ")}`, { className: "kind" }));
  return entry;
}

export function show(place, found) {
  const n = found.count;
  const shown = found.alerts.length;
  const words = n === 0 ? word("nothing_sent") : word(n === 1 ? "sent_one" : "sent_many", { n });
  const cut = shown < n ? ` (${word("newest", { n: shown })})` : "";
  const list = make("ol", "", { className: "plain", tabIndex: 0 });
  list.append(...found.alerts.map(line));
  place.replaceChildren(make("p", words + cut), ...(n ? [draw(found.per_day), list] : []));
  place.scrollIntoView({ block: "nearest" });
}
