// The list: lights up the words behind an opened tag, tells of new items, and takes them in when asked to.
import { ask } from "./frame.js";
import { watch } from "./live.js";
import { word } from "./words.js";

const PER_PAGE = 30;

// --- tags and their words ---

function light(item) {
  const open = new Set([...item.querySelectorAll(".chip[open]")].map((chip) => chip.dataset.tag));
  for (const mark of item.querySelectorAll("mark")) {
    mark.classList.toggle("lit", mark.dataset.tags.split(" ").some((tag) => open.has(tag)));
  }
}

// `toggle` does not bubble; captured at the top it also serves cards that come later.
document.addEventListener("toggle", (event) => {
  if (event.target.matches(".chip")) light(event.target.closest(".item"));
}, true);

document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector(".chip[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// --- moving through the list by j and k ---

function step(by) {
  const items = [...document.querySelectorAll("#list .item")];
  const at = items.findIndex((item) => item.contains(document.activeElement));
  items[Math.max(0, at + by)]?.querySelector(".gutter a").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  if (event.key === "j") step(1);
  if (event.key === "k") step(-1);
  if (event.key === "/") { event.preventDefault(); document.querySelector("#q")?.focus(); }
});

// --- new items: announced, and nothing moves until the reader wants it ---

const now = document.querySelector("#now");
const fresh = document.querySelector("#fresh");
const waiting = new Set();

function announce() {
  const n = waiting.size;
  const text = n >= PER_PAGE ? word("new_more", { n }) : word(n === 1 ? "new_one" : "new_many", { n });
  fresh.textContent = text;
  fresh.hidden = n === 0;
  document.querySelector("#fresh-said").textContent = n ? text : "";
}

// An item counts as new when it is not on the page and belongs there: ids say nothing, tagging may overtake, and what
// is told may have been changed on a later page.
function onNew(items) {
  const oldest = Date.parse(now.dataset.oldest ?? "1970-01-01");
  for (const { id, published_at } of items) if (!isShown(id) && Date.parse(published_at) >= oldest) waiting.add(id);
  announce();
}

function isShown(id) {
  return document.getElementById(`item-${id}`) || document.querySelector(`.copies [data-copy="${id}"]`);
}

async function takeIn(event) {
  event.preventDefault();
  const answer = await ask(now.dataset.here, { headers: { Accept: "text/html" } });
  if (!answer) return;
  if (!answer.ok) return location.assign(now.dataset.here);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const before = new Set([...document.querySelectorAll("#list .item")].map((item) => item.id));
  document.querySelector("#list").replaceWith(page.querySelector("#list"));
  waiting.clear();
  announce();
  const added = [...document.querySelectorAll("#list .item")].filter((item) => !before.has(item.id));
  for (const item of added) item.classList.add("added");
  added[0]?.querySelector(".gutter a").focus();
  added[0]?.scrollIntoView({ block: "center" });
}

if (now?.dataset.live) {
  watch(now.dataset.query, now.dataset.live, onNew);
  fresh.addEventListener("click", takeIn);
}
