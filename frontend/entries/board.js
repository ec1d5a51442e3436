// The pipeline board: cards are dragged, moved by Alt and arrow keys, or by the
// dialog "Move to…". The server answers each move with the columns' new figures.
import Sortable from "sortablejs";
import "../styles/board.css";
import { htmx } from "../modules/htmx.js";

const board = document.querySelector("[data-board]");
const dialog = document.getElementById("move-dialog");
const cardOf = (key) => board.querySelector(`[data-lead="${CSS.escape(key)}"]`);
const listOf = (stage) => board.querySelector(`[data-stage="${CSS.escape(stage)}"] [data-cards]`);

function say(card, column) {
  const title = card.querySelector(".board-card-title").textContent.trim();
  document.querySelector("[data-board-said]").textContent = `${title}: ${column.dataset.stageName}`;
}

// Puts the card where it belongs at once, and back where it was if the server
// refuses. `home` is the place to go back to: a list and the card after it.
async function settle(card, home) {
  const column = card.closest("[data-stage]");
  let refused = false;
  const notice = (event) => (refused ||= event.detail.elt === card);
  for (const name of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(name, notice);
  try {
    await htmx.ajax("POST", board.dataset.moveUrl, {
      source: card,
      swap: "none",
      values: { lead: card.dataset.lead, stage: column.dataset.stage },
    });
  } catch {
    refused = true;
  } finally {
    for (const name of ["htmx:responseError", "htmx:sendError"]) document.removeEventListener(name, notice);
  }
  if (refused) home.list.insertBefore(card, home.before);
  else say(card, column);
}

function moveTo(card, stage) {
  const list = listOf(stage);
  if (!list || list.contains(card)) return;
  const home = { list: card.parentElement, before: card.nextElementSibling };
  list.prepend(card);
  card.querySelector("a").focus();
  settle(card, home);
}

function makeDraggable() {
  for (const list of board.querySelectorAll("[data-cards]")) {
    let home;
    Sortable.create(list, {
      group: "board",
      draggable: ".board-card",
      filter: "button",
      preventOnFilter: false,
      delay: 150,
      delayOnTouchOnly: true,
      animation: 120,
      ghostClass: "board-ghost",
      onStart: ({ item, from }) => (home = { list: from, before: item.nextElementSibling }),
      onEnd: ({ item, from, to }) => {
        if (from !== to) settle(item, home);
      },
    });
  }
}

function neighbour(card, key) {
  const across = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (!across) return key === "ArrowDown" ? card.nextElementSibling : card.previousElementSibling;
  const columns = [...board.querySelectorAll("[data-stage]")];
  const forward = getComputedStyle(board).direction === "rtl" ? -across : across;
  return columns[columns.indexOf(card.closest("[data-stage]")) + forward];
}

function onKey(event) {
  const card = event.target.closest(".board-card");
  if (!card || !event.key.startsWith("Arrow")) return;
  const next = neighbour(card, event.key);
  if (!next) return;
  event.preventDefault();
  const isColumn = next.matches("[data-stage]");
  if (event.altKey && isColumn && dialog) moveTo(card, next.dataset.stage);
  else if (!event.altKey) (isColumn ? next.querySelector(".board-card a") : next.querySelector("a"))?.focus();
}

if (board) {
  board.addEventListener("keydown", onKey);
  if (dialog) {
    makeDraggable();
    dialog.addEventListener("click", (event) => {
      const key = dialog.querySelector("[data-dialog-target]").value;
      const stage = event.target.closest("[data-move-to]")?.dataset.moveTo;
      const lost = event.target.closest("[data-open-lost]");
      if (!stage && !lost) return;
      dialog.close();
      if (stage) return moveTo(cardOf(key), stage);
      const lostDialog = document.getElementById("lost-dialog");
      lostDialog.querySelector("[data-dialog-target]").value = key;
      lostDialog.showModal();
    });
  }
}
