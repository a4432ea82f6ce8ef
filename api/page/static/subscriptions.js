// Subscriptions: make, pause, resume and delete.
import { call, say, whileBusy } from "./calls.js";

const LISTS = ["topics", "actors", "places", "languages", "sources"];
const form = document.querySelector("#make");

function read() {
  const data = new FormData(form);
  const query = { conflict: data.get("conflict") || null, words: data.get("words") };
  for (const name of LISTS) query[name] = data.getAll(name);
  return { name: data.get("name"), channel: "webhook", target: data.get("target"), query };
}

function markWrong(errors) {
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  const names = errors.map((error) => error.field.replace(/^query\./, "").split(".")[0]);
  const wrong = [...form.elements].filter((field) => names.includes(field.name));
  for (const field of wrong) field.setAttribute("aria-invalid", "true");
  wrong[0]?.closest("details")?.setAttribute("open", "");
  wrong[0]?.focus();
}

function showSecret(made) {
  const secret = Object.assign(document.createElement("code"), { className: "secret", textContent: made.secret });
  const done = Object.assign(document.createElement("a"), { href: location.pathname, textContent: "I have kept it" });
  say(`“${made.name}” is made. Its signing secret is shown only this once:`, { more: [secret, done] });
  form.reset();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const outcome = await whileBusy(form.querySelector("[type=submit]"), () => call("POST", "/subscriptions", read()));
  markWrong(outcome.errors ?? []);
  if (outcome.secret) showSecret(outcome);
});

document.querySelector(".cards")?.addEventListener("click", (event) => {
  const { action } = event.target.dataset;
  if (!action) return;
  const card = event.target.closest(".card");
  const name = card.querySelector("h2").textContent;
  if (action === "delete" && !confirm(`Delete “${name}” and its history?`)) return;
  whileBusy(event.target, async () => {
    const path = `/subscriptions/${encodeURIComponent(card.dataset.id)}`;
    await (action === "delete" ? call("DELETE", path) : call("POST", `${path}/${action}`));
    location.reload();
  });
});
