// Trades the key for a session cookie, then goes to the list.
import { call, whileBusy } from "./calls.js";

document.querySelector("#sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  whileBusy(event.target.querySelector("button"), async () => {
    await call("POST", "/session", { key: new FormData(event.target).get("key") });
    location.assign("/");
  });
});
