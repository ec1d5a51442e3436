// The reader's calendar: Jalali months for Persian readers, else Gregorian ones.
// A day is a whole number here (days since 1 January 1970), so that nothing
// depends on a time zone.
const DAY_IN_MS = 86_400_000;
const page = document.documentElement;

export const language = page.lang || "en";
export const isJalali = language === "fa";
export const isRightToLeft = page.dir === "rtl";
const locale = isJalali ? "fa-IR-u-ca-persian" : language;

const format = (options, of = locale) => new Intl.DateTimeFormat(of, { timeZone: "UTC", ...options });
const digits = new Intl.NumberFormat(language, { useGrouping: false });
const formats = {
  numbers: format({ year: "numeric", month: "numeric", day: "numeric" }, `en-u-ca-${isJalali ? "persian" : "gregory"}-nu-latn`),
  month: format({ month: "long" }),
  monthWithDay: format({ day: "numeric", month: "long" }),
  shortWeekday: format({ weekday: isJalali ? "narrow" : "short" }),
  weekday: format({ weekday: "long" }),
  medium: format({ dateStyle: "medium" }, "en"),
  full: format({ dateStyle: "full" }),
};

export const numeral = (value, length = 1) =>
  String(value).padStart(length, "0").replace(/\d/g, (one) => digits.format(Number(one)));

const asDate = (day) => new Date(day * DAY_IN_MS);
const written = (name, day) => formats[name].format(asDate(day));
const partOf = (name, day, type) => formats[name].formatToParts(asDate(day)).find((part) => part.type === type).value;

// ------------------------------------------------------------------ numbers

function gregorian(year, month, day) {
  const date = new Date(Date.UTC(year, month - 1, day));
  const same = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return same ? date.getTime() / DAY_IN_MS : null;
}

// The year begins on 20, 21 or 22 March: near there one day has these numbers, or
// the month has no such day.
function jalali(year, month, day) {
  if (month < 1 || month > 12 || day < 1 || day > 31) return null;
  const before = month <= 7 ? (month - 1) * 31 : 186 + (month - 7) * 30;
  const near = gregorian(year + 621, 3, 21) + before + day - 1;
  const fits = (found) => {
    const parts = partsOf(found);
    return parts.year === year && parts.month === month && parts.day === day;
  };
  return [near, near - 1, near + 1].find(fits) ?? null;
}

export function partsOf(day) {
  const number = (type) => Number.parseInt(partOf("numbers", day, type), 10);
  return { year: number("year"), month: number("month"), day: number("day") };
}

// The day of these numbers in the reader's calendar, or null.
export function dayOf(year, month, day) {
  return isJalali ? jalali(year, month, day) : gregorian(year, month, day);
}

export function monthLength(year, month) {
  return [31, 30, 29, 28].find((day) => dayOf(year, month, day) !== null);
}

// The same day so many months later, or the last one of that month.
export function addMonths(day, count) {
  const { year, month, day: number } = partsOf(day);
  const months = year * 12 + month - 1 + count;
  const [toYear, toMonth] = [Math.floor(months / 12), (months % 12) + 1];
  return dayOf(toYear, toMonth, Math.min(number, monthLength(toYear, toMonth)));
}

export function fromIso(text) {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return found ? gregorian(Number(found[1]), Number(found[2]), Number(found[3])) : null;
}

export const toIso = (day) => asDate(day).toISOString().slice(0, 10);

export function today() {
  const now = new Date();
  return gregorian(now.getFullYear(), now.getMonth() + 1, now.getDate());
}

export const FIRST_DAY = fromIso("1900-01-01");
export const LAST_DAY = fromIso("2199-12-31");
export const within = (day) => Math.min(Math.max(day, FIRST_DAY), LAST_DAY);

// -------------------------------------------------------------------- weeks

// 0 is Sunday. Where the browser tells no country of this language it is Monday,
// as in the product's own weeks.
function firstWeekday() {
  if (isJalali) return 6;
  const regional = navigator.languages.find((one) => one.startsWith(`${language}-`));
  if (!regional) return 1;
  const place = new Intl.Locale(regional);
  return ((place.getWeekInfo?.() ?? place.weekInfo)?.firstDay ?? 1) % 7;
}

const weekBegins = firstWeekday();

// How many days of its week lie before a day; 1 January 1970 was a Thursday.
export const daysIntoWeek = (day) => (((day + 4 - weekBegins) % 7) + 7) % 7;

// -------------------------------------------------------------------- words

export const weekdays = () =>
  Array.from({ length: 7 }, (_, index) => {
    const day = index + weekBegins + 3; // 4 January 1970 was a Sunday
    return { short: written("shortWeekday", day), long: written("weekday", day) };
  });

export const monthNames = (year) => Array.from({ length: 12 }, (_, index) => written("month", dayOf(year, index + 1, 1)));

// Also as they stand beside a day's number, where a language bends them.
export const bentMonthNames = (year) =>
  Array.from({ length: 12 }, (_, index) => partOf("monthWithDay", dayOf(year, index + 1, 1), "month"));

export function fullText(day) {
  if (!isJalali) return written("full", day);
  const { year, month, day: number } = partsOf(day);
  return `${written("weekday", day)} ${numeral(number)} ${monthNames(year)[month - 1]} ${numeral(year)}`;
}

// As a field shows it; core/days.py writes the same.
export function fieldText(day) {
  const { year, month, day: number } = partsOf(day);
  if (isJalali) return `${numeral(year)}/${numeral(month, 2)}/${numeral(number, 2)}`;
  if (language === "uk") return `${String(number).padStart(2, "0")}.${String(month).padStart(2, "0")}.${year}`;
  return written("medium", day);
}
