// Calls to the API, as every other program makes them, and one place to say what came of them.

const result = document.querySelector("#result");

export async function call(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (method !== "DELETE") {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body ?? {});
  }
  const answer = await fetch(path, options).catch(() => {
    throw new Error("The server cannot be reached; try again.");
  });
  const content = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(content.detail), { errors: content.errors ?? [] });
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
    say(error.message, { loud: true });
    return error;
  } finally {
    button.disabled = false;
  }
}
