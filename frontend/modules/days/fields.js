// Fields for days and times of day. People type in their own way, the page keeps
// "2026-01-31" and "09:30"; what names neither is said to be wrong beside the field.
import { fromIso, toIso } from "./calendar.js";
import { openChooser } from "./chooser.js";
import { readClock, readDay, writeClock, writeDay } from "./reading.js";

const KINDS = {
  day: { read: readDay, write: writeDay, problem: "dayProblem" },
  clock: { read: readClock, write: writeClock, problem: "clockProblem" },
};
const words = () => document.getElementById("day-dialog").dataset;
let last = 0;

// Lets ``input`` be read as ``kind``. give(value) is called with every change: an
// empty text, what was meant, or null while the text means nothing.
function understand(input, kind, give) {
  const { read, write, problem } = KINDS[kind];
  const note = document.createElement("div");
  note.className = "field-error";
  note.id = `field-note-${(last += 1)}`;
  note.setAttribute("role", "alert");
  note.hidden = true;

  const value = () => (input.value.trim() ? read(input.value) : "");
  function complain(text) {
    note.textContent = text;
    note.hidden = !text;
    input.classList.toggle("is-invalid", Boolean(text));
    if (!text) return input.removeAttribute("aria-invalid");
    const described = new Set((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean)).add(note.id);
    input.setAttribute("aria-describedby", [...described].join(" "));
    return input.setAttribute("aria-invalid", "true");
  }
  // A form with a text that means nothing is not sent.
  function check() {
    input.setCustomValidity(value() === null ? words()[problem] : "");
  }
  function settle() {
    const meant = value();
    if (meant) input.value = write(meant);
    complain(meant === null ? words()[problem] : "");
  }
  input.addEventListener("input", () => {
    check();
    if (value() !== null) complain("");
    give(value());
  });
  input.addEventListener("change", settle);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") settle();
  });
  check();
  return {
    note,
    value,
    set(meant) {
      input.value = meant ? write(meant) : "";
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
  };
}

// A field for a day: ``input``, which stands somewhere already, gets a button that
// opens the calendar.
export function dayField(input, { label, value = null, give }) {
  if (value) input.value = writeDay(value);
  const understood = understand(input, "day", give);
  const box = document.createElement("div");
  box.className = "day-field";
  const button = openButton(label);
  const open = () =>
    openChooser({
      beside: box,
      day: fromIso(understood.value() ?? ""),
      mayBeEmpty: !input.required,
      chosen: (day) => understood.set(day === null ? "" : toIso(day)),
    });
  button.addEventListener("click", open);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open();
  });
  input.before(box);
  box.append(input, button);
  box.after(understood.note);
}

export function clockField(input, { value = null, give }) {
  if (value) input.value = writeClock(value);
  const understood = understand(input, "clock", give);
  input.after(understood.note);
}

function openButton(label) {
  const button = document.getElementById("day-dialog").content.querySelector("[data-day-open]").cloneNode(true);
  button.setAttribute("aria-label", `${button.title}: ${label}`);
  return button;
}

// --------------------------------------- fields that a form of the server has

// Without scripts the text itself is sent, and the server reads it.
function sendInstead(input) {
  const sent = document.createElement("input");
  sent.type = "hidden";
  sent.name = input.name;
  input.removeAttribute("name");
  input.before(sent);
  return sent;
}

function connect(input, kind) {
  const sent = sendInstead(input);
  const give = (value) => (sent.value = value ?? input.value);
  const label = input.labels?.[0]?.textContent.trim() ?? input.getAttribute("aria-label");
  delete input.dataset[kind];
  if (kind === "day") dayField(input, { label, give });
  else clockField(input, { give });
  const text = input.value.trim();
  sent.value = (text && KINDS[kind].read(text)) || text;
}

export function connectFields(root) {
  for (const kind of Object.keys(KINDS)) {
    for (const input of root.querySelectorAll(`input[data-${kind}]`)) connect(input, kind);
  }
}

document.addEventListener("DOMContentLoaded", () => connectFields(document));
document.addEventListener("htmx:load", (event) => connectFields(event.detail.elt));
