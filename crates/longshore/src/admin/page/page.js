// Refreshes the page in place, without flicker. Scroll position, focus and selection stay.
"use strict";

const EVERY = 2000;
const LATE = 4000;
const box = document.getElementById("refresh");
const button = document.createElement("button");
const says = document.createElement("span");
const every = `Refreshes every ${EVERY / 1000} s.`;
let paused = false;
let tag;
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
    children(old, now);
  }
}

/** A node with an id keeps it, so that focus stays on the same queue when the order changes. */
function children(old, now) {
  let at = old.firstChild;
  for (const node of now.childNodes) {
    const mine = node.id ? [...old.children].find((child) => child.id === node.id) : at?.id ? null : at;
    if (!mine) {
      old.insertBefore(document.importNode(node, true), at);
      continue;
    }
    if (mine === at) at = at.nextSibling;
    else move(old, mine, at);
    update(mine, node);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function move(parent, node, before) {
  if (parent.moveBefore) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

/** The reader opens and closes lists; a refresh does not. */
function attributes(old, now) {
  const isKept = (name) => name === "open" && old.nodeName === "DETAILS";
  for (const { name } of [...old.attributes]) {
    if (!now.hasAttribute(name) && !isKept(name)) old.removeAttribute(name);
  }
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

async function refresh() {
  clearTimeout(timer);
  if (paused) return;
  if (!document.hidden) {
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch("", { cache: "no-store", headers, signal: AbortSignal.timeout(LATE) });
      // Chromium reports a response that is not read as failed.
      const text = await answer.text();
      if (answer.status === 304) {
        showSame(answer.headers.get("date"));
      } else {
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        if (!paused) tag = answer.headers.get("etag");
        show(new DOMParser().parseFromString(text, "text/html"));
      }
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
  says.textContent = every;
  if (page.documentElement.dataset.level !== level) announce(page.querySelector("h1").textContent);
}

/** The worker has no news. */
function showSame(now) {
  document.documentElement.classList.remove("lost");
  document.querySelector("[data-now] time").textContent = now;
  says.textContent = every;
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
says.textContent = every;
box.replaceChildren(says, " ", button);
document.addEventListener("visibilitychange", refresh);
timer = setTimeout(refresh, EVERY);
