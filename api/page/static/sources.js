// Sources: poll now, pause, resume.
import { call, whileBusy } from "./calls.js";

document.querySelector("tbody")?.addEventListener("click", (event) => {
  const { action } = event.target.dataset;
  if (!action) return;
  const { id } = event.target.closest("[data-id]").dataset;
  whileBusy(event.target, async () => {
    await call("POST", `/sources/${encodeURIComponent(id)}/${action}`);
    location.reload();
  });
});
