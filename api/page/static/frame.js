// What every page has: a line that says when the connection is lost, work in progress kept up to date, signing out.
import { word } from "./words.js";

const WORK_MS = 5000;
const AGAIN_MS = 3000;
const SHOWN_MS = 4000;
const line = document.querySelector("#connection");
const loaded = new Date().toISOString().slice(11, 16) + " UTC";
let again = 0; // the timer that asks, while the connection is lost

function connectionLost() {
  const text = word(navigator.onLine ? "unreachable" : "offline", { what: loaded });
  if (line.textContent !== text) line.textContent = text; // else it would be read out at each try
  line.hidden = false;
  document.body.classList.add("offline");
  again ||= setInterval(look, AGAIN_MS);
}

function connected() {
  if (!again) return;
  clearInterval(again);
  again = 0;
  line.textContent = word("back");
  document.body.classList.remove("offline");
  setTimeout(() => { line.hidden = !again; }, SHOWN_MS);
}

// Is the server there? Counts without a network too: it may run on this machine.
export async function look() {
  await fetch("/healthz").then(connected, connectionLost);
}

// Something came from the server. Without a network that proves nothing: it may have been under way before.
export function heard() {
  if (navigator.onLine) connected();
}

// Asks the server as the page would; a refusal is an answer, silence is not.
export async function ask(path, options = {}) {
  try {
    const answer = await fetch(path, options);
    heard();
    return answer;
  } catch {
    connectionLost();
    return null;
  }
}

addEventListener("offline", connectionLost);
addEventListener("online", look);
if (!navigator.onLine) look();

async function renewProgress() {
  const shown = document.querySelector("#progress[data-working]");
  if (!shown || document.hidden) return;
  const answer = await ask("/view/progress");
  if (answer?.ok) {
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#progress");
    if (fresh) shown.replaceWith(fresh);
  }
}
setInterval(renewProgress, WORK_MS);

document.querySelector("#sign-out")?.addEventListener("click", async () => {
  if (await ask("/session", { method: "DELETE" })) location.assign("/view/sign-in");
});
