// What the server says of fields, operators and values: the one source for both.

export class Registry {
  constructor(given) {
    Object.assign(this, given);
    this.known = new Map();
    for (const [name, field] of Object.entries(this.fields)) {
      for (const option of [...(field.choices ?? []), ...(this.labels[name] ?? [])]) this.learn(name, option);
    }
  }

  learn(name, { value, label }) {
    this.known.set(`${name} ${JSON.stringify(value)}`, label);
  }

  labelOf(name, value) {
    return this.known.get(`${name} ${JSON.stringify(value)}`) ?? String(value?.mailing ?? value?.campaign ?? value);
  }

  operatorsOf(name) {
    return this.operators[this.fields[name].kind];
  }

  fieldOptions(text) {
    const wanted = folded(text);
    return Object.entries(this.fields)
      .map(([value, { label, group }]) => ({ value, label, group }))
      .filter(({ label, group }) => folded(label).includes(wanted) || folded(group).includes(wanted))
      .toSorted((one, other) => this.groups.indexOf(one.group) - this.groups.indexOf(other.group));
  }

  // The values of a field whose names hold ``text``; a promise if the server has
  // to be asked.
  search(name, text) {
    const { choices } = this.fields[name];
    if (!choices) return this.lookUp(name, text);
    const wanted = folded(text);
    return choices.filter(({ label }) => folded(label).includes(wanted));
  }

  async lookUp(name, text) {
    const url = `${this.urls.values.replace("FIELD", name)}?${new URLSearchParams({ q: text })}`;
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return [];
    const { values } = await answer.json();
    for (const option of values) this.learn(name, option);
    return values;
  }

  // none, list, pair, span, period, text or one.
  shapeOf({ field, op }) {
    const { kind } = this.fields[field];
    if (["set", "not_set"].includes(op)) return "none";
    if (["in", "not_in"].includes(op)) return "list";
    if (["in_last", "not_in_last"].includes(op)) return "span";
    if (op === "in_period") return "period";
    if (op === "between") return "pair";
    return kind === "text" || op.includes("contains") ? "text" : "one";
  }

  // What a rule begins with, keeping of the old value what fits.
  startValue(rule, before) {
    switch (this.shapeOf(rule)) {
      case "none":
        return undefined;
      case "list":
        if (Array.isArray(before)) return before;
        return ["string", "number"].includes(typeof before) && before !== "" ? [before] : null;
      case "pair":
        return typeof before === "string" ? [before, null] : [null, null];
      case "span":
        return before?.unit ? before : { n: 90, unit: "days" };
      case "period":
        return this.periods[0].value;
      case "text":
        return typeof before === "string" ? before : null;
      default:
        if (Array.isArray(before) && before.length === 1) return before[0];
        return ["string", "number"].includes(typeof before) ? before : null;
    }
  }

  isFinished(rule) {
    // An unknown field is the server's to complain of.
    if (!this.fields[rule.field]) return Boolean(rule.field);
    const { value } = rule;
    if (this.shapeOf(rule) === "pair") return Array.isArray(value) && value.every((one) => one !== null);
    return value !== null;
  }
}

export function folded(text) {
  return text.normalize("NFC").toLocaleLowerCase();
}
