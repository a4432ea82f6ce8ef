// Trades the key for a session cookie, then goes back to where it was asked for.
import { call, whileBusy } from "./calls.js";

document.querySelector("#sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  whileBusy(event.target.querySelector("button"), async () => {
    await call("POST", "/session", { key: new FormData(event.target).get("key") });
    const next = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
    location.assign(next.origin === location.origin ? next.pathname : "/");
  });
});
