// Calls to the API, as every other program makes them, and one place to say what came of them.
import { ask } from "./frame.js";
import { word } from "./words.js";

const result = document.querySelector("#result");
const KEY_NEEDED = [401, 403];

// JSON makes a browser ask before a foreign page may send it: the guard against forged requests.
export async function call(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (method !== "DELETE") {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body ?? {});
  }
  const answer = await ask(path, options);
  if (!answer) throw new Error(word("try_again"));
  const content = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const detail = content.detail ?? `status ${answer.status}`;
    throw Object.assign(new Error(detail), { errors: content.errors ?? [], status: answer.status });
  }
  return content;
}

export function say(text, { loud = false, more = [] } = {}) {
  result.replaceChildren(text, ...more);
  result.classList.toggle("loud", loud);
  result.hidden = false;
  result.scrollIntoView({ block: "nearest" });
}

// Runs what a button stands for; the button cannot be pressed twice meanwhile.
export async function whileBusy(button, work) {
  button.disabled = true;
  try {
    return await work();
  } catch (error) {
    say(error.message, { loud: true, more: wayOut(error.status) });
    return error;
  } finally {
    button.disabled = false;
  }
}

// Marks the fields that the API found wrong, and goes to the first.
export function markWrong(form, errors) {
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  const names = errors.flatMap((error) => error.field.split("."));
  const wrong = [...form.elements].filter((field) => field.name && names.includes(field.name));
  for (const field of wrong) field.setAttribute("aria-invalid", "true");
  wrong[0]?.closest("details")?.setAttribute("open", "");
  wrong[0]?.focus();
}

function wayOut(status) {
  if (!KEY_NEEDED.includes(status) || location.pathname === "/view/sign-in") return [];
  const href = `/view/sign-in?next=${encodeURIComponent(location.pathname)}`;
  return [` ${word("needs_key")} `, Object.assign(document.createElement("a"), { href, textContent: word("sign_in") })];
}
