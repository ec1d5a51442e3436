// The control in which the value of one rule is given.
import { clockField, dayField } from "../days/fields.js";
import { writeClock } from "../days/reading.js";
import { gatherer, picker } from "./combobox.js";
import { h, icon, options } from "./dom.js";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

// give(value) is called with every change; null says that something is missing.
export function valueControl(rule, registry, give) {
  const field = registry.fields[rule.field];
  const context = { rule, registry, field, give, label: valueLabel(field, registry), attributes: { "data-part": "value" } };
  switch (registry.shapeOf(rule)) {
    case "none":
      return null;
    case "list":
      return listControl(context);
    case "span":
      return spanControl(context);
    case "period":
      return periodControl(context);
    case "pair":
      return pairControl(context);
    case "text":
      return textControl(context);
    default:
      return oneControl(context);
  }
}

function valueLabel(field, { texts }) {
  return `${field.label}: ${texts.value}`;
}

function listControl({ rule, registry, field, give, label, attributes }) {
  const values = (rule.value ?? []).map((value) => ({ value, label: registry.labelOf(rule.field, value) }));
  const free = field.kind === "text";
  return gatherer({
    label,
    attributes,
    values,
    free,
    texts: registry.texts,
    placeholder: free ? registry.texts.type_values : registry.texts.choose_values,
    remote: !field.choices,
    search: (text) => registry.search(rule.field, text),
    change: (chosen) => {
      for (const option of chosen) registry.learn(rule.field, option);
      give(chosen.length ? chosen.map((option) => option.value) : null);
    },
  });
}

function oneControl(context) {
  const { kind } = context.field;
  if (kind === "moment") return momentControl({ ...context, value: context.rule.value });
  if (kind === "number") return numberControl({ ...context, value: context.rule.value });
  const { rule, registry, field, give, label, attributes } = context;
  return picker({
    label,
    attributes,
    texts: registry.texts,
    placeholder: registry.texts.choose_value,
    chosenLabel: rule.value === null ? "" : registry.labelOf(rule.field, rule.value),
    isChosen: (value) => JSON.stringify(value) === JSON.stringify(rule.value),
    remote: !field.choices,
    search: (text) => registry.search(rule.field, text),
    take: (option) => {
      registry.learn(rule.field, option);
      give(option.value);
    },
  });
}

function textControl({ rule, registry, give, label, attributes }) {
  const input = h("input", { type: "text", class: "form-control", dir: "auto", value: rule.value ?? "", "aria-label": label, ...attributes });
  if (rule.value === null) input.placeholder = registry.texts.type_value;
  input.addEventListener("input", () => give(input.value === "" ? null : input.value));
  return input;
}

function numberControl({ value, field, registry, give, label, attributes }) {
  const input = h("input", {
    type: "number",
    class: "form-control",
    step: field.step ?? "any",
    value: value ?? "",
    "aria-label": label,
    placeholder: registry.texts.number,
    ...attributes,
  });
  input.addEventListener("input", () => give(input.value === "" ? null : input.value));
  if (!field.unit) return input;
  return h("div", { class: "input-group input-group-flat" }, input, h("span", { class: "input-group-text" }, field.unit));
}

// A whole day, or a day with a time.
function momentControl({ value, registry, give, label, attributes }) {
  const { texts } = registry;
  const given = typeof value === "string" ? value : "";
  // Null while a part is missing or cannot be read.
  const parts = { day: given.slice(0, 10) || null, clock: given.slice(11, 16) };
  let timed = given !== "" && !DAY.test(given);
  const tell = () => give(!parts.day || (timed && !parts.clock) ? null : timed ? `${parts.day}T${parts.clock}` : parts.day);
  const keep = (name) => (part) => {
    parts[name] = part;
    tell();
  };
  const day = h("input", { type: "text", class: "form-control", autocomplete: "off", placeholder: texts.day_hint, "aria-label": label, ...attributes });
  const clock = h("input", { type: "text", class: "form-control rule-clock", autocomplete: "off", dir: "ltr", placeholder: "09:00", "aria-label": texts.time_of_day });
  const zone = h("span", { class: "rule-hint" }, texts.zone);
  const toggle = h("button", { type: "button", class: "btn btn-icon rule-time", "aria-label": texts.with_time, title: texts.with_time }, icon("clock"));
  const line = h("div", { class: "rule-moment-line" }, day, toggle, clock);
  dayField(day, { label, value: parts.day, give: keep("day") });
  clockField(clock, { value: parts.clock, give: keep("clock") });

  function draw() {
    for (const element of [clock, zone]) element.hidden = !timed;
    toggle.setAttribute("aria-pressed", String(timed));
  }
  toggle.addEventListener("click", () => {
    timed = !timed;
    if (timed && !parts.clock) {
      parts.clock = "00:00";
      clock.value = writeClock(parts.clock);
    }
    draw();
    tell();
    (timed ? clock : day).focus();
  });
  draw();
  return h("div", { class: "rule-moment" }, line, zone);
}

function pairControl(context) {
  const { rule, registry, field, give } = context;
  const pair = Array.isArray(rule.value) && rule.value.length === 2 ? [...rule.value] : [null, null];
  const control = field.kind === "moment" ? momentControl : numberControl;
  const ends = [registry.texts.from, registry.texts.to].map((end, index) =>
    control({
      ...context,
      value: pair[index],
      label: `${field.label}: ${end}`,
      attributes: index ? {} : context.attributes,
      give: (value) => {
        pair[index] = value;
        give([...pair]);
      },
    }),
  );
  const and = h("span", { class: "rule-and", "aria-hidden": "true" }, registry.texts.and);
  return h("div", { class: "rule-pair" }, ends[0], and, ends[1]);
}

function spanControl({ rule, registry, give, field, attributes }) {
  const span = { ...rule.value };
  const number = h("input", {
    type: "number",
    class: "form-control rule-span-number",
    min: 1,
    step: 1,
    value: span.n ?? "",
    "aria-label": `${field.label}: ${registry.texts.number}`,
    ...attributes,
  });
  const unit = h(
    "select",
    { class: "form-select", "aria-label": `${field.label}: ${registry.texts.unit}` },
    options(registry.units.map(({ value, label }) => [value, label]), span.unit),
  );
  const changed = () => {
    span.n = Number.parseInt(number.value, 10);
    span.unit = unit.value;
    give(Number.isNaN(span.n) ? null : { ...span });
  };
  number.addEventListener("input", changed);
  unit.addEventListener("change", changed);
  return h("div", {}, h("div", { class: "rule-span" }, number, unit), relativeHint(registry));
}

function periodControl({ rule, registry, give, label, attributes }) {
  const select = h(
    "select",
    { class: "form-select", "aria-label": label, ...attributes },
    options(registry.periods.map((period) => [period.value, period.label]), rule.value),
  );
  select.addEventListener("change", () => give(select.value));
  return h("div", {}, select, relativeHint(registry));
}

function relativeHint({ texts }) {
  return h("span", { class: "rule-hint" }, texts.relative);
}
