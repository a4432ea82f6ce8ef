// Subscriptions: make, pause, resume and delete, through the same API that everybody else uses.
"use strict";

const result = document.querySelector("#result");
const form = document.querySelector("#make");
const LISTS = ["topics", "actors", "places", "languages", "sources"];

function say(text, loud) {
  result.replaceChildren(text);
  result.classList.toggle("loud", Boolean(loud));
  result.hidden = false;
  result.scrollIntoView({ block: "nearest" });
}

async function call(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (method !== "DELETE") {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body ?? {});
  }
  const answer = await fetch(path, options);
  const document_ = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(document_.detail), { errors: document_.errors ?? [] });
  return document_;
}

function read() {
  const data = new FormData(form);
  const query = { conflict: data.get("conflict") || null, words: data.get("words") };
  for (const name of LISTS) query[name] = data.getAll(name);
  return { name: data.get("name"), channel: "webhook", url: data.get("url"), query };
}

function markWrong(errors) {
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  const names = errors.map((error) => error.field.replace(/^query\./, "").split(".")[0]);
  const wrong = [...form.elements].filter((field) => names.includes(field.name));
  for (const field of wrong) field.setAttribute("aria-invalid", "true");
  wrong[0]?.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const made = await call("POST", "/subscriptions", read());
    const secret = document.createElement("code");
    secret.className = "secret";
    secret.textContent = made.secret;
    const done = document.createElement("a");
    done.href = location.pathname;
    done.textContent = "I have kept it";
    markWrong([]);
    say(`“${made.name}” is made. Its signing secret is shown only this once:`, false);
    result.append(secret, done);
    form.reset();
  } catch (error) {
    markWrong(error.errors ?? []);
    say(error.message, true);
  } finally {
    button.disabled = false;
  }
});

document.querySelector(".cards")?.addEventListener("click", async (event) => {
  const { action } = event.target.dataset;
  if (!action) return;
  const card = event.target.closest(".card");
  const name = card.querySelector("h2").textContent;
  if (action === "delete" && !confirm(`Delete “${name}” and its history?`)) return;
  event.target.disabled = true;
  try {
    const path = `/subscriptions/${encodeURIComponent(card.dataset.id)}`;
    await (action === "delete" ? call("DELETE", path) : call("POST", `${path}/${action}`));
    location.reload();
  } catch (error) {
    event.target.disabled = false;
    say(error.message, true);
  }
});
