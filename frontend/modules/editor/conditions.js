// "Only for some people": a Liquid if that asks one merge field for some values.
const IF = /^{%-?\s*if\s+([\s\S]+?)\s*-?%}$/;
const IS = /([\w.]+)\s*==\s*(?:"([^"]*)"|'([^']*)')(?:\s+or\s+(?=\S)|$)/y;

// What cannot stand in a quoted text goes by its number; the server reads it so.
const UNSPEAKABLE = /&(?=#)|[<>{}\u0000-\u001f\u007f\u2028\u2029]/g;
const byNumber = (mark) => `&#${mark.codePointAt(0)};`;
const readNumbers = (text) => text.replace(/&#(\d{1,7});/g, (all, number) => (number <= 0x10ffff ? String.fromCodePoint(number) : all));

function quoted(value) {
  const text = value.replace(UNSPEAKABLE, byNumber);
  if (!text.includes('"')) return `"${text}"`;
  return text.includes("'") ? `"${text.replaceAll('"', byNumber)}"` : `'${text}'`;
}

// {path, values} of an opening tag; null for one that only the code can change.
export function readCondition(text) {
  const test = IF.exec(text)?.[1];
  if (!test) return null;
  if (/^[\w.]+$/.test(test)) return { path: test, values: [] };
  const parts = [];
  IS.lastIndex = 0;
  for (let place = 0; place < test.length; place = IS.lastIndex) {
    const part = IS.exec(test);
    if (!part || part[1] !== (parts[0] ?? part)[1]) return null;
    parts.push(part);
  }
  return { path: parts[0][1], values: parts.map((part) => readNumbers(part[2] ?? part[3])) };
}

export function writeCondition({ path, values }) {
  if (values.length === 0) return `{% if ${path} %}`;
  return `{% if ${values.map((value) => `${path} == ${quoted(value)}`).join(" or ")} %}`;
}

// The condition in words, with the labels that `setup` has for fields and values.
export function conditionWords(text, setup) {
  const read = readCondition(text);
  if (!read) return setup.words.conditionOther;
  const known = setup.conditions.find((each) => each.path === read.path);
  const field = setup.fields.find((each) => each.path === read.path)?.label ?? known?.label ?? read.path;
  if (read.values.length === 0) {
    return read.path === "lead.product" ? setup.words.hasProduct : setup.words.ifSet.replace("%(field)s", field);
  }
  const label = (value) => known?.values.find((each) => each.value === value)?.label ?? value;
  const values = read.values.map(label).join(` ${setup.words.or} `);
  return setup.words.ifIs.replace("%(field)s", field).replace("%(values)s", values);
}
