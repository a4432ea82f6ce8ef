// The words that scripts say, as the page brings them in its own language.

const words = JSON.parse(document.querySelector("#words").textContent);

// `word("new_many", { n: 3 })`: {n} and {what} are filled in.
export function word(name, values = {}) {
  return words[name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}
