// The calendar in which a day is chosen: one dialog for all fields of a page, a
// grid after the ARIA pattern. Arrows go by days and weeks, Home and End to the
// ends of the week, Page Up and Down by months, with Shift by years; Enter
// chooses, Escape leaves everything as it was.
import { FIRST_DAY, LAST_DAY, addMonths, dayOf, daysIntoWeek, fullText, isRightToLeft, monthLength, monthNames, numeral, partsOf, today, weekdays, within } from "./calendar.js";

const WEEKS_SHOWN = 6;
const GAP_IN_PX = 4;

class Chooser {
  constructor() {
    const template = document.getElementById("day-dialog");
    this.dialog = template.content.firstElementChild.cloneNode(true);
    document.body.append(this.dialog);
    this.find = (name) => this.dialog.querySelector(`[data-day-${name}]`);
    this.grid = this.find("grid");
    this.find("weekdays").append(...weekdays().map(weekdayCell));
    this.fillYears();
    this.listen();
  }

  listen() {
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
    this.grid.addEventListener("click", (event) => {
      const cell = event.target.closest("[data-day]");
      if (cell) this.choose(Number(cell.dataset.day));
    });
    for (const button of this.dialog.querySelectorAll("[data-day-turn]")) {
      button.addEventListener("click", () => this.show(addMonths(this.shown, Number(button.dataset.dayTurn))));
    }
    for (const name of ["month", "year"]) this.find(name).addEventListener("change", () => this.turn());
    this.find("today").addEventListener("click", () => this.choose(today()));
    this.find("clear").addEventListener("click", () => this.choose(null));
    this.dialog.addEventListener("close", () => this.closed());
    // The page may be scrolled or turned below the open calendar.
    this.place = () => this.placed();
  }

  // chosen(day) is called at most once; day is null if the field is to be emptied.
  open({ beside, day, mayBeEmpty, chosen }) {
    Object.assign(this, { beside, selected: day, chosen });
    this.find("clear").hidden = !mayBeEmpty || day === null;
    this.show(day ?? today());
    this.dialog.showModal();
    this.placed();
    window.addEventListener("resize", this.place);
    window.addEventListener("scroll", this.place, { capture: true, passive: true });
    this.focusDay();
  }

  closed() {
    window.removeEventListener("resize", this.place);
    window.removeEventListener("scroll", this.place, { capture: true });
  }

  choose(day) {
    this.dialog.close();
    this.chosen(day);
  }

  turn() {
    const [year, month] = [Number(this.find("year").value), Number(this.find("month").value)];
    const { day } = partsOf(this.shown);
    this.show(dayOf(year, month, Math.min(day, monthLength(year, month))));
  }

  // ------------------------------------------------------------- the month

  show(day) {
    this.shown = within(day);
    const { year, month } = partsOf(this.shown);
    const first = dayOf(year, month, 1);
    const start = first - daysIntoWeek(first);
    this.after = first + monthLength(year, month);
    this.first = first;
    const weeks = Array.from({ length: WEEKS_SHOWN }, (_, week) => this.row(start + week * 7));
    this.grid.querySelector("tbody").replaceChildren(...weeks);
    this.fillMonths(year);
    this.find("month").value = month;
    this.find("year").value = year;
    this.grid.setAttribute("aria-label", this.find("said").textContent = `${monthNames(year)[month - 1]} ${numeral(year)}`);
  }

  row(start) {
    const row = document.createElement("tr");
    row.append(...Array.from({ length: 7 }, (_, index) => this.cell(start + index)));
    return row;
  }

  cell(day) {
    const cell = document.createElement("td");
    if (day < FIRST_DAY || day > LAST_DAY) return cell;
    cell.dataset.day = day;
    cell.textContent = numeral(partsOf(day).day);
    cell.tabIndex = day === this.shown ? 0 : -1;
    cell.setAttribute("aria-label", fullText(day));
    cell.setAttribute("aria-selected", String(day === this.selected));
    if (day === today()) cell.setAttribute("aria-current", "date");
    cell.classList.toggle("is-other", day < this.first || day >= this.after);
    return cell;
  }

  fillMonths(year) {
    const names = monthNames(year);
    const select = this.find("month");
    if (select.length) return;
    select.append(...names.map((name, index) => new Option(name, index + 1)));
  }

  fillYears() {
    const [from, to] = [partsOf(FIRST_DAY).year, partsOf(LAST_DAY).year];
    for (let year = from; year <= to; year += 1) this.find("year").append(new Option(numeral(year), year));
  }

  focusDay() {
    this.grid.querySelector('[tabindex="0"]')?.focus();
  }

  // --------------------------------------------------------------- the keys

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(this.shown);
      return;
    }
    const day = this.target(event.key, event.shiftKey);
    if (day === null) return;
    event.preventDefault();
    this.show(day);
    this.focusDay();
  }

  target(key, isShifted) {
    const forward = isRightToLeft ? -1 : 1;
    const into = daysIntoWeek(this.shown);
    const days = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: 7, ArrowUp: -7, Home: -into, End: 6 - into };
    const months = { PageUp: -1, PageDown: 1 };
    if (key in days) return this.shown + days[key];
    if (key in months) return addMonths(this.shown, months[key] * (isShifted ? 12 : 1));
    return null;
  }

  // -------------------------------------------------------------- the place

  // Below the field, or above it where there is no room; never out of the window.
  placed() {
    const field = this.beside.getBoundingClientRect();
    const { width, height } = this.dialog.getBoundingClientRect();
    const room = { x: document.documentElement.clientWidth, y: window.innerHeight };
    const below = field.bottom + GAP_IN_PX;
    const above = field.top - GAP_IN_PX - height;
    const top = below + height <= room.y || above < 0 ? below : above;
    const start = isRightToLeft ? room.x - field.right : field.left;
    const keep = (value, limit) => Math.max(GAP_IN_PX, Math.min(value, limit - GAP_IN_PX));
    this.dialog.style.insetBlockStart = `${keep(top, room.y - height)}px`;
    this.dialog.style.insetInlineStart = `${keep(start, room.x - width)}px`;
  }
}

function weekdayCell({ short, long }) {
  const cell = document.createElement("th");
  cell.scope = "col";
  cell.abbr = long;
  cell.textContent = short;
  return cell;
}

let only;

export function openChooser(wish) {
  only ??= new Chooser();
  only.open(wish);
}
