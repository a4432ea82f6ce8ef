// Trades the key for a session cookie, then goes to the list.
"use strict";

document.querySelector("#sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const result = document.querySelector("#result");
  const body = JSON.stringify({ key: new FormData(event.target).get("key") });
  try {
    const answer = await fetch("/session", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (answer.ok) return location.assign("/");
    result.textContent = (await answer.json()).detail;
  } catch {
    result.textContent = "The server cannot be reached; try again.";
  }
  result.hidden = false;
});
