// New items as they come: by the live stream where the server has room for one more listener, else by asking again.
import { ask, connected, connectionLost } from "./frame.js";

const POLL_MS = 20000;
const LOST_AFTER_MS = 8000; // a stream that is cut comes back by itself in three seconds

// Calls `onNew` with the ids of items that fit `query` and are not known to the caller yet.
export function watch(query, onNew) {
  const stream = new EventSource(`/items/stream?${query}`);
  let timer = 0;
  stream.addEventListener("open", () => { clearTimeout(timer); connected(); });
  stream.addEventListener("item", (event) => onNew([JSON.parse(event.data).id]));
  stream.addEventListener("error", () => {
    clearTimeout(timer);
    if (stream.readyState === EventSource.CLOSED) poll(query, onNew);
    else timer = setTimeout(connectionLost, LOST_AFTER_MS);
  });
}

// Refused: no stream here, or too many listen already.
function poll(query, onNew) {
  async function look() {
    if (document.hidden) return;
    const answer = await ask(`/items?${query}&limit=30`, { headers: { Accept: "application/json" } });
    if (answer?.ok) onNew((await answer.json()).items.map((item) => item.id));
  }
  setInterval(look, POLL_MS);
  document.addEventListener("visibilitychange", look);
}
