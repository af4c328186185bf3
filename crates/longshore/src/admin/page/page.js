// Refreshes the page in place, without flicker. Scroll position, focus and selection stay.
"use strict";

const EVERY = 2000;
const LATE = 4000;
const box = document.getElementById("refresh");
const button = document.createElement("button");
const says = document.createElement("span");
let paused = false;
let timer;

/** Makes a node of the page equal to a new node, and changes only what differs. */
function update(old, now) {
  if (old.isEqualNode(now)) return;
  if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName) {
    old.replaceWith(document.importNode(now, true));
  } else if (old.nodeType !== Node.ELEMENT_NODE) {
    old.data = now.data;
  } else if (!old.hasAttribute("data-keep")) {
    attributes(old, now);
    const [before, after] = [[...old.childNodes], [...now.childNodes]];
    after.forEach((node, at) => {
      if (at < before.length) update(before[at], node);
      else old.append(document.importNode(node, true));
    });
    before.slice(after.length).forEach((node) => node.remove());
  }
}

function attributes(old, now) {
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

async function refresh() {
  clearTimeout(timer);
  if (paused) return;
  if (!document.hidden) {
    try {
      const answer = await fetch("", { cache: "no-store", signal: AbortSignal.timeout(LATE) });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      showLost();
    }
  }
  timer = setTimeout(refresh, EVERY);
}

function show(page) {
  const level = document.documentElement.dataset.level;
  document.title = page.title;
  attributes(document.documentElement, page.documentElement);
  if (!paused) update(document.body, page.body);
  says.textContent = `Refreshes every ${EVERY / 1000} s.`;
  if (page.documentElement.dataset.level !== level) announce(page.querySelector("h1").textContent);
}

/** Shows that the figures are old. */
function showLost() {
  if (!document.documentElement.classList.contains("lost")) announce("The worker does not answer.");
  document.documentElement.classList.add("lost");
  says.textContent = "The worker does not answer: it has ended or is unreachable. These figures are old.";
}

function announce(text) {
  document.getElementById("announce").textContent = text;
}

button.type = "button";
button.textContent = "Pause";
button.addEventListener("click", () => {
  paused = !paused;
  button.textContent = paused ? "Resume" : "Pause";
  if (paused) says.textContent = "Paused.";
  refresh();
});
says.textContent = `Refreshes every ${EVERY / 1000} s.`;
box.replaceChildren(says, " ", button);
document.addEventListener("visibilitychange", refresh);
timer = setTimeout(refresh, EVERY);
