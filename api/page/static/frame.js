// What every page has: a line that says when the connection is lost, work in progress kept up to date, signing out.
import { word } from "./words.js";

const WORK_MS = 5000;
const line = document.querySelector("#connection");
const loaded = new Date().toISOString().slice(11, 16) + " UTC";
let lost = false;

export function connectionLost() {
  lost = true;
  line.textContent = word(navigator.onLine ? "unreachable" : "offline", { what: loaded });
  line.hidden = false;
  document.body.classList.add("offline");
}

export function connected() {
  if (!lost) return;
  lost = false;
  line.textContent = word("back");
  document.body.classList.remove("offline");
  setTimeout(() => { line.hidden = !lost; }, 4000);
}

// Asks the server as the page would; a refusal is an answer, silence is not.
export async function ask(path, options = {}) {
  try {
    const answer = await fetch(path, options);
    connected();
    return answer;
  } catch {
    connectionLost();
    return null;
  }
}

addEventListener("offline", connectionLost);
addEventListener("online", () => ask("/healthz"));
if (!navigator.onLine) connectionLost();

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
