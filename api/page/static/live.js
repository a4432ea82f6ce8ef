// New items as they come: by the live stream where the server has room for one more listener, else by asking again.
import { ask, heard, look } from "./frame.js";

const POLL_MS = 20000;
const LOOK_AFTER_MS = 8000; // a stream that is cut comes back by itself in three seconds

// Calls `onNew` with items that fit `query`; `after` is the point in the stream that the page was made at.
// A tab that nobody looks at listens not: a browser has few connections for each server.
export function watch(query, after, onNew) {
  let stream = null;
  let timer = 0;
  let refused = false;

  function hear(event) {
    after = event.lastEventId || after;
    onNew([JSON.parse(event.data)]);
  }

  function fail() {
    clearTimeout(timer);
    if (stream.readyState !== EventSource.CLOSED) {
      timer = setTimeout(look, LOOK_AFTER_MS);
    } else if (!refused) {
      refused = true;
      poll(query, onNew);
    }
  }

  function listen() {
    stream?.close();
    clearTimeout(timer);
    if (document.hidden || refused) return;
    stream = new EventSource(`/items/stream?${query}&after=${encodeURIComponent(after)}`);
    stream.addEventListener("open", () => { clearTimeout(timer); heard(); });
    stream.addEventListener("item", hear);
    stream.addEventListener("error", fail);
  }

  document.addEventListener("visibilitychange", listen);
  listen();
}

// Refused: too many listen already.
function poll(query, onNew) {
  async function look() {
    if (document.hidden) return;
    const answer = await ask(`/items?${query}&limit=30`, { headers: { Accept: "application/json" } });
    if (answer?.ok) onNew((await answer.json()).items);
  }
  setInterval(look, POLL_MS);
  document.addEventListener("visibilitychange", look);
}
