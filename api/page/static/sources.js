// Sources: poll now, pause, resume, add.
import { call, markWrong, say, whileBusy } from "./calls.js";
import { word } from "./words.js";

document.querySelector("tbody")?.addEventListener("click", (event) => {
  const { action } = event.target.dataset;
  if (!action) return;
  const { id, source } = event.target.closest("tr").dataset;
  whileBusy(event.target, async () => {
    await call("POST", `/sources/${encodeURIComponent(id)}/${action}`);
    if (action === "poll") say(word("polling", { what: source }));
    else location.reload();
  });
});

const form = document.querySelector("#add");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = [...new FormData(form)].filter(([, value]) => value !== "");
  const outcome = await whileBusy(form.querySelector("[type=submit]"), () => call("POST", "/sources", Object.fromEntries(given)));
  markWrong(form, outcome.errors ?? []);
  if (outcome.id) location.assign("/view/sources?health=never_polled");
});
