// Subscriptions: make, try on what is stored, test, pause, resume and delete.
import { show } from "./backtest.js";
import { call, markWrong, say, whileBusy } from "./calls.js";
import { word } from "./words.js";

const LISTS = ["topics", "actors", "places", "languages", "sources", "sides", "countries"];
const NUMBERS = ["window_hours", "weeks", "min_sources", "cooldown_hours", "hours", "min_others"];
const ADDRESSED = ["webhook", "email", "apprise"];
const form = document.querySelector("#make");

// --- the form ---

function read() {
  const data = new FormData(form);
  const query = { conflict: data.get("conflict") || null, words: data.get("words") };
  for (const name of LISTS) query[name] = data.getAll(name);
  const [mode, channel] = [data.get("mode"), data.get("channel")];
  const target = ADDRESSED.includes(channel) ? data.get("target") : "";
  return { name: data.get("name"), mode, options: options(mode, data), channel, target, query };
}

function options(mode, data) {
  const found = {};
  for (const { name, type } of form.querySelectorAll(`[data-mode="${mode}"] :is(input, select)`)) {
    if (type !== "checkbox") found[name] = NUMBERS.includes(name) ? Number(data.get(name)) : data.get(name);
  }
  if (mode === "silence") Object.assign(found, { sides: data.getAll("watched_sides"), sources: data.getAll("watched_sources") });
  if (mode === "source_trouble") found.events = data.getAll("events");
  return found;
}

// Only what the chosen conflict has, and the chosen mode and channel ask for, is shown.
function fit() {
  for (const check of form.querySelectorAll("[data-of]")) {
    check.hidden = !check.dataset.of.split(" ").includes(form.elements.conflict.value);
    if (check.hidden) check.querySelector("input").checked = false;
  }
  for (const part of form.querySelectorAll("[data-mode]")) part.hidden = part.dataset.mode !== form.elements.mode.value;
  const { channel, target } = form.elements;
  target.closest("label").hidden = !ADDRESSED.includes(channel.value);
  target.closest("label").querySelector("small").textContent = channel.selectedOptions[0].dataset.help;
}

function showSecret(made) {
  const secret = Object.assign(document.createElement("code"), { className: "secret", textContent: made.secret });
  const done = Object.assign(document.createElement("a"), { href: location.pathname, textContent: word("kept") });
  say(word("secret", { what: made.name }), { more: [secret, done] });
  document.querySelector("#none")?.remove();
  form.reset();
  fit();
}

form?.addEventListener("change", fit);
if (form) fit();

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const outcome = await whileBusy(form.querySelector("[type=submit]"), () => call("POST", "/subscriptions", read()));
  markWrong(form, outcome.errors ?? []);
  if (outcome.secret) showSecret(outcome);
});

document.querySelector("#try")?.addEventListener("click", async (event) => {
  const path = `/subscriptions/backtest?days=${form.elements.days.value}`;
  // A query can be tried before it has a name and an address.
  const wanted = { ...read(), name: form.elements.name.value || "-", channel: "stream", target: "" };
  const outcome = await whileBusy(event.target, () => call("POST", path, wanted));
  markWrong(form, outcome.errors ?? []);
  if (outcome.per_day) show(document.querySelector("#backtest"), outcome);
});

// --- those that are made ---

document.querySelector("main").addEventListener("click", (event) => {
  const { action } = event.target.dataset;
  const card = event.target.closest(".card");
  if (!action || !card) return;
  const path = `/subscriptions/${encodeURIComponent(card.dataset.id)}`;
  if (action === "delete" && !confirm(word("delete", { what: card.dataset.subscription }))) return;
  whileBusy(event.target, async () => {
    if (action === "delete") await call("DELETE", path);
    else await call("POST", `${path}/${action}`);
    if (action === "test") say(word("tested"));
    else if (action === "delete") location.assign("/view/subscriptions");
    else location.reload();
  });
});
