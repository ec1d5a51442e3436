// Days and times of day as people type them: core/days.py reads the same texts.
import { FIRST_DAY, LAST_DAY, bentMonthNames, dayOf, fieldText, fromIso, isJalali, language, monthNames, numeral, toIso } from "./calendar.js";

const FIRST_GREGORIAN_YEAR = 1700;
const SHORTEST_PREFIX = 3;
const UNSEEN = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LOOK_ALIKE = { ي: "ی", ك: "ک" };

// Letters and digits of the same meaning made one, as the server's fold does.
function folded(text) {
  return text
    .replace(UNSEEN, "")
    .normalize("NFC")
    .replace(/[يك]/g, (letter) => LOOK_ALIKE[letter])
    .replace(/[۰-۹]/g, (digit) => digit.codePointAt(0) - 0x6f0)
    .replace(/[٠-٩]/g, (digit) => digit.codePointAt(0) - 0x660)
    .toLowerCase()
    .trim();
}

function known(year, month, day) {
  const pad = (number) => String(number).padStart(2, "0");
  if (year >= FIRST_GREGORIAN_YEAR) return fromIso(`${year}-${pad(month)}-${pad(day)}`);
  return isJalali ? dayOf(year, month, day) : null;
}

function monthCalled(word) {
  const year = isJalali ? 1400 : 2000;
  const found = new Set();
  for (const names of [monthNames(year), bentMonthNames(year)]) {
    for (const [index, name] of names.entries()) {
      const own = folded(name);
      if (own === word || (word.length >= SHORTEST_PREFIX && own.startsWith(word))) found.add(index + 1);
    }
  }
  return found.size === 1 ? [...found][0] : null;
}

function withName(text) {
  const parts = text.split(/[\s,،.]+/).filter(Boolean);
  const numbers = parts.filter((part) => /^\d+$/.test(part));
  const names = parts.filter((part) => !/^\d+$/.test(part));
  if (language === "uk" && names.length === 2 && ["р", "року"].includes(names[1])) names.pop();
  if (numbers.length !== 2 || names.length !== 1 || numbers[1].length !== 4) return null;
  const month = monthCalled(names[0]);
  if (!month) return null;
  const [day, year] = numbers.map(Number);
  // A month's name belongs to the reader's calendar, whatever the year.
  return isJalali && year >= FIRST_GREGORIAN_YEAR ? null : known(year, month, day);
}

// "2026-01-31" of what was typed, or null.
export function readDay(typed) {
  const text = folded(typed);
  const yearFirst = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(text);
  const dayFirst = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  let day;
  if (yearFirst) day = known(Number(yearFirst[1]), Number(yearFirst[3]), Number(yearFirst[4]));
  else if (dayFirst) day = known(Number(dayFirst[3]), Number(dayFirst[2]), Number(dayFirst[1]));
  else day = withName(text);
  return day === null || day < FIRST_DAY || day > LAST_DAY ? null : toIso(day);
}

export const writeDay = (iso) => fieldText(fromIso(iso));

// "21:30" of 9:30 pm, 2130 or 21:30; null if it is no time of day.
export function readClock(typed) {
  const text = folded(typed)
    .replace(/\s/g, "")
    .replace(/([ap])\.?m\.?$/, "$1m")
    .replace(".", ":");
  const found = /^(\d{1,2})(?::?(\d{2}))?(am|pm)?$/.exec(text);
  if (!found) return null;
  let hour = Number(found[1]);
  const minute = Number(found[2] ?? 0);
  if (found[3]) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (found[3] === "pm" ? 12 : 0);
  }
  if (hour > 23 || minute > 59) return null;
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

export const writeClock = (time) => time.replace(/\d/g, (digit) => numeral(digit));
