// The editor of MJML bodies, on the form of a mailing.
import "../styles/editor.css";
import { Editor } from "../modules/editor/editor.js";

const root = document.querySelector("[data-editor]");

function whenLoaded(frame) {
  const isThere = () => frame.contentDocument?.readyState === "complete" && frame.contentWindow.location.href !== "about:blank";
  return isThere() ? Promise.resolve() : new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
}

async function start() {
  const find = (selector) => root.querySelector(selector);
  const setup = JSON.parse(document.getElementById("editor-setup").textContent);
  const textarea = document.getElementById(root.dataset.editor);
  const frame = find("[data-canvas]");
  await whenLoaded(frame);
  const editor = new Editor(root, textarea, setup);

  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { add, do: action, format, view, show } = button.dataset;
    if (add) editor.add(add);
    if (action) editor.act(action);
    if (format) editor.insertions.format(format);
    if (view) switchView(view, button);
    if (show) showAs(show, button, frame);
  });
  // A press would take the caret out of the words that a format is for.
  find("[data-words-tools]").addEventListener("mousedown", (event) => event.preventDefault());
  for (const button of root.querySelectorAll("[data-add]")) dragFrom(button, editor);
  document.addEventListener("click", (event) => {
    if (!root.contains(event.target) && !event.target.closest("dialog")) editor.endWriting();
  });
  window.addEventListener("resize", () => editor.canvas.fit());
  document.addEventListener("winback:seal", (event) => (setup.csrf = event.detail));
  keepToolsInReach(root);
  document.addEventListener("load", () => editor.canvas.fit(), true);
  root.dataset.ready = "";

  function switchView(view, button) {
    editor.endWriting();
    const isCode = view === "code";
    press(button);
    find("[data-visual]").hidden = isCode;
    document.querySelector("[data-code]").hidden = !isCode;
    if (!isCode) editor.reread();
    else textarea.focus();
  }
}

// On narrow screens what can be done with a block stands at the bottom, as long as
// the editor is in sight, and above the keyboard of the screen.
function keepToolsInReach(root) {
  new IntersectionObserver(([desk]) => root.classList.toggle("is-in-sight", desk.isIntersecting)).observe(root.querySelector(".editor-desk"));
  const sight = window.visualViewport;
  const measure = () => root.style.setProperty("--keyboard", `${Math.max(0, window.innerHeight - sight.height - sight.offsetTop)}px`);
  for (const name of ["resize", "scroll"]) sight?.addEventListener(name, measure);
}

function press(button) {
  for (const other of button.parentElement.querySelectorAll("button")) {
    other.classList.toggle("active", other === button);
    other.setAttribute("aria-pressed", other === button);
  }
}

function showAs(look, button, frame) {
  if (look === "dark") {
    const isDark = frame.style.colorScheme !== "dark";
    frame.style.colorScheme = isDark ? "dark" : "light";
    button.classList.toggle("active", isDark);
    button.setAttribute("aria-pressed", isDark);
    return;
  }
  press(button);
  frame.classList.toggle("is-phone", look === "phone");
}

// A block of the palette follows the pointer into the mail; a click adds it as ever.
function dragFrom(button, editor) {
  const { canvas } = editor;
  const inFrame = (event) => {
    const box = canvas.frame.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let from = null;
  button.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.pointerType !== "touch") from = event;
  });
  button.addEventListener("pointermove", (event) => {
    if (!from) return;
    if (!editor.dragged && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) < 6) return;
    button.setPointerCapture(event.pointerId);
    editor.dragged = { kind: button.dataset.add };
    canvas.dragging.follow(...inFrame(event));
  });
  button.addEventListener("pointerup", (event) => {
    from = null;
    if (!editor.dragged) return;
    canvas.dragging.drop(...inFrame(event));
    button.dataset.dragged = "";
  });
  button.addEventListener("pointercancel", () => {
    from = editor.dragged = null;
    canvas.dragging.pointercancel();
  });
  button.addEventListener(
    "click",
    (event) => {
      if (!("dragged" in button.dataset)) return;
      delete button.dataset.dragged;
      event.stopPropagation();
    },
    { capture: true },
  );
}

if (root) start();
