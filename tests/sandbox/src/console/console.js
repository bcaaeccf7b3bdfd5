// Makes the pages live, and copies. Everything else works without it.
"use strict";

const live = document.getElementById("live");
const connection = document.getElementById("connection");
const PAUSE = 400; // milliseconds between two loads at least
const BUSY = 1500; // until it is tried again while somebody reads or writes
let events = null;
let planned = null;
let loading = false;
let again = false;

function isBusy() {
  const focused = document.activeElement;
  const edits = focused && live.contains(focused) && focused.matches("input, select, textarea");
  const selection = document.getSelection();
  const selects = selection && !selection.isCollapsed && live.contains(selection.anchorNode);
  return edits || selects || document.hidden || [...live.querySelectorAll("input, textarea, select")].some(isChanged);
}

function isChanged(field) {
  if (field.matches("select")) {
    const first = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(first, 0);
  }
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

function plan(milliseconds) {
  if (planned === null) planned = setTimeout(load, milliseconds);
}

async function load() {
  planned = null;
  if (loading) {
    again = true;
    return;
  }
  if (isBusy()) {
    plan(BUSY);
    return;
  }
  loading = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    if (answer.ok && fresh && !isBusy()) replace(fresh);
    else if (answer.ok && fresh) plan(BUSY);
  } catch {
    // The connection for events says that it is lost.
  }
  loading = false;
  if (again) {
    again = false;
    plan(PAUSE);
  }
}

function replace(fresh) {
  const focused = document.activeElement;
  const form = focused && live.contains(focused) ? focused.closest("form") : null;
  const link = focused && live.contains(focused) ? focused.getAttribute("href") : null;
  showCopy(fresh);
  if (fresh.isEqualNode(live)) return;
  live.replaceChildren(...fresh.childNodes);
  if (form) document.getElementById(form.id)?.querySelector("button")?.focus();
  else if (link) [...live.querySelectorAll("a")].find((a) => a.getAttribute("href") === link)?.focus();
}

// A browser opens six connections to a host, so a page that nobody sees does not keep one.
function listen() {
  if (document.hidden) {
    events?.close();
    events = null;
    return;
  }
  if (events !== null) return;
  events = new EventSource("/_sandbox/events");
  for (const kind of ["request", "change"]) events.addEventListener(kind, () => plan(PAUSE));
  events.addEventListener("open", () => {
    connection.hidden = true;
    // What happened before is not told.
    plan(0);
  });
  events.addEventListener("error", () => {
    connection.textContent = connection.dataset.lost;
    connection.hidden = false;
  });
}

function showCopy(within) {
  for (const button of within.querySelectorAll(".copy")) button.hidden = false;
}

// The text is taken from the JSON of the page, where it is exact.
async function copy(button) {
  const answer = await fetch(location.href, { headers: { Accept: "application/json" }, cache: "no-store" });
  const path = button.dataset.copy.split("/").slice(1);
  const text = path.reduce((json, name) => json?.[name], await answer.json());
  await write(text ?? "");
  const label = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = label; }, 1500);
}

// Browsers have the clipboard only on localhost and with TLS.
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".copy");
  if (button) copy(button);
});
showCopy(document);
if (live && "live" in live.dataset) {
  listen();
  document.addEventListener("visibilitychange", listen);
}
