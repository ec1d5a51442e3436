// Saves a draft while somebody writes, one request at a time, and says so. When
// somebody else has saved meanwhile, nothing is overwritten unless it is asked.
import { htmx } from "../htmx.js";
import { numberText } from "../numbers.js";
import { showToast } from "../toasts.js";
import { takeLoginOver } from "./session.js";

const PAUSE_IN_MS = 900;
const RETRY_IN_MS = 5000;
const form = document.querySelector("form[data-autosave]");

if (form) start();

function start() {
  const state = document.querySelector("[data-save-state]");
  let dirty = false;
  let blocked = false;
  let overwrites = false; // somebody chose to, and it has not been done yet
  let timer;
  let running = null;
  let savedAt = Date.now();

  let isToldToLogIn = false;

  const say = (text) => {
    for (const place of [state, ...document.querySelectorAll("[data-save-echo]")]) place.textContent = text;
  };

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });

  function changed(event) {
    if (event.target.closest("[data-ignored]") || !event.target.name) return;
    dirty = true;
    if (blocked) return;
    say(state.dataset.unsavedText);
    plan(PAUSE_IN_MS);
  }

  function plan(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  // Resolves to true once everything that was written is saved.
  async function save() {
    clearTimeout(timer);
    if (running) await running;
    if (!dirty) return !blocked;
    if (blocked && !overwrites) return false;
    running = send().finally(() => (running = null));
    return running;
  }

  async function send() {
    dirty = false;
    say(state.dataset.saving);
    const body = new FormData(form);
    if (overwrites) body.set("overwrite", "1");
    let response;
    try {
      response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    } catch {
      return later();
    }
    if (response.redirected || response.status === 403) return loggedOut();
    if (response.status >= 500 || response.status === 404) return later();
    // Larger than a request may be: nobody has read what was wrong with it.
    const answer = response.status === 400 ? tooLong() : await response.json();
    showProblems(answer.problems ?? {});
    if (response.ok) return saved(answer);
    if (response.status === 409) return conflict(answer);
    dirty = true;
    say(state.dataset.invalid);
    return false;
  }

  const tooLong = () => ({ problems: { body: form.dataset.tooLong } });

  function later() {
    dirty = true;
    say(state.dataset.failed);
    plan(RETRY_IN_MS);
    return false;
  }

  async function loggedOut() {
    later();
    if (await takeLoginOver()) {
      plan(PAUSE_IN_MS);
      return false;
    }
    say(state.dataset.loggedOut);
    if (!isToldToLogIn) showToast({ level: "error", text: state.dataset.loggedOut, action: { label: state.dataset.logIn, run: () => window.open("/", "_blank", "noopener") } });
    isToldToLogIn = true;
    return false;
  }

  function saved(answer) {
    blocked = overwrites = isToldToLogIn = false;
    document.querySelector("[data-conflict]").hidden = true;
    form.elements.revision.value = answer.revision;
    // Escaped by the server, which draws merge fields as chips.
    for (const name of document.querySelectorAll("[data-mailing-name]")) name.innerHTML = answer.title;
    savedAt = Date.now();
    tell();
    htmx.trigger(document.body, "mailing-saved");
    if (dirty) plan(PAUSE_IN_MS);
    return !dirty;
  }

  function conflict(answer) {
    dirty = true;
    blocked = true;
    overwrites = false;
    say(state.dataset.unsavedText);
    const box = document.querySelector("[data-conflict]");
    box.querySelector("[data-conflict-text]").textContent = answer.conflict;
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
    return false;
  }

  function tell() {
    if (dirty || running) return;
    const seconds = Math.round((Date.now() - savedAt) / 1000);
    if (seconds < 2) say(state.dataset.saved);
    else if (seconds < 60) say(state.dataset.savedAgo.replace("{n}", numberText(seconds)));
    else say(state.dataset.savedLong.replace("{n}", numberText(Math.floor(seconds / 60))));
  }
  setInterval(tell, 1000);

  document.querySelector("[data-overwrite]").addEventListener("click", () => {
    overwrites = true;
    save();
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty || running) event.preventDefault();
  });

  // What leads away from the form, or acts on what is saved, waits for the saving.
  document.addEventListener(
    "click",
    async (event) => {
      const link = event.target.closest("a[data-saves-first]");
      if (!link || (!dirty && !running)) return;
      event.preventDefault();
      if (await save()) window.location.assign(link.href);
    },
    { capture: true },
  );
  document.addEventListener(
    "submit",
    async (event) => {
      if (!event.target.matches("form[data-saves-first]") || (!dirty && !running)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (await save()) event.target.requestSubmit(event.submitter);
    },
    { capture: true },
  );
  const check = document.querySelector("button[data-saves-first]");
  check?.addEventListener("click", async () => {
    if (dirty || running) await save();
    htmx.trigger(check, "mailing-ready");
  });
}

function showProblems(problems) {
  for (const place of form.querySelectorAll("[data-problem]")) {
    const control = form.elements[place.dataset.problem];
    const text = problems[place.dataset.problem] ?? "";
    place.textContent = text;
    control?.classList.toggle("is-invalid", Boolean(text));
  }
  for (const control of form.elements) {
    if (!control.name || form.querySelector(`[data-problem="${control.name}"]`)) continue;
    const text = problems[control.name] ?? "";
    control.classList.toggle("is-invalid", Boolean(text));
    markBelow(control, text);
  }
}

function markBelow(control, text) {
  const id = `${control.id}_saving_problem`;
  let place = document.getElementById(id);
  if (!text) {
    place?.remove();
    return;
  }
  if (!place) {
    place = document.createElement("div");
    place.id = id;
    place.className = "invalid-feedback d-block";
    place.setAttribute("role", "alert");
    control.after(place);
  }
  place.textContent = text;
}
