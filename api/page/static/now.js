// The list: lights up the words behind an opened tag, and says when new items have arrived.
"use strict";

const POLL_MS = 20000;

function light(chip) {
  const item = chip.closest(".item");
  for (const mark of item.querySelectorAll("mark")) {
    const lit = [...item.querySelectorAll(".chip[open]")].some((open) => mark.dataset.tags.split(" ").includes(open.dataset.tag));
    mark.classList.toggle("lit", lit);
  }
}

for (const chip of document.querySelectorAll(".chip")) {
  chip.addEventListener("toggle", () => light(chip));
}

// Opened for wide screens; on a phone the list comes first.
if (matchMedia("(max-width: 1020px)").matches) document.querySelector(".panel")?.removeAttribute("open");

document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector(".chip[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

const list = document.querySelector(".now");
const fresh = document.querySelector("#fresh");

async function lookForNew() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`/items?${list.dataset.query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const { items } = await answer.json();
    const count = items.filter((item) => !document.getElementById(`item-${item.id}`)).length;
    const some = count && count === items.length && items.length > 1 ? `${count} or more` : count;
    announce(count ? `${some} new ${count === 1 ? "item" : "items"}: show` : "");
  } catch {
    announce("The server cannot be reached. This list is as it was; try again");
  }
}

function announce(text) {
  fresh.firstElementChild.textContent = text;
  fresh.hidden = !text;
}

// An item counts as new when it is not on the page: ids say nothing, tagging may overtake.
if (list?.dataset.live) {
  setInterval(lookForNew, POLL_MS);
  document.addEventListener("visibilitychange", lookForNew);
}
