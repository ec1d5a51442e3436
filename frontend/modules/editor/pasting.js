// What another program copied: its words, with bold, italic, links and lists, and
// nothing of its looks. Word and Google Docs say bold by styles, too.
const GONE = new Set(["head", "style", "script", "title", "meta", "link", "xml", "template", "noscript", "iframe", "object", "svg"]);
const LINES = new Set("address article aside blockquote caption dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr main nav p pre section table tbody thead tr".split(" "));
const LISTS = new Set(["ul", "ol", "li"]);
const SAFE_LINK = /^(?:https?:|mailto:|tel:)/i;
const LINE = "\n";

const escape = (text) => text.replace(/&/g, "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// The HTML to put in place of the caret; "" if there are no words in it.
export function pastedWords(html, Parser = DOMParser) {
  const page = new Parser().parseFromString(html, "text/html");
  const written = inside(page.body, {});
  const lines = written.replace(/[ \n]*\n[ \n]*/g, LINE).replace(/ {2,}/g, " ").replace(/\n?(<\/?(?:ul|ol|li)>)\n?/g, "$1");
  return lines.trim().replaceAll(LINE, "<br>");
}

function inside(node, around) {
  return [...node.childNodes].map((child) => one(child, around)).join("");
}

function one(node, around) {
  if (node.nodeType === 3) return escape(node.data.replace(/[\s\u00a0]+/g, " "));
  if (node.nodeType !== 1) return "";
  const name = node.localName;
  const style = node.getAttribute("style") ?? "";
  // Word draws its lists by marks of its own.
  if (GONE.has(name) || /mso-list:\s*ignore|display:\s*none/i.test(style)) return "";
  if (name === "br") return LINE;
  const isBold = saysBold(name, style, around.isBold);
  const isItalic = saysItalic(name, style, around.isItalic);
  const link = name === "a" && !around.link ? address(node) : "";
  const text = inside(node, { isBold, isItalic, link: link || around.link });
  return block(name, marked(text, { isBold: isBold && !around.isBold, isItalic: isItalic && !around.isItalic, link }));
}

function saysBold(name, style, before = false) {
  const weight = /font-weight:\s*(\w+)/i.exec(style)?.[1];
  if (weight) return weight === "bold" || weight === "bolder" || Number(weight) >= 600;
  return before || name === "b" || name === "strong";
}

function saysItalic(name, style, before = false) {
  const slope = /font-style:\s*(\w+)/i.exec(style)?.[1];
  return slope ? slope !== "normal" : before || name === "i" || name === "em";
}

function address(node) {
  const href = node.getAttribute("href") ?? "";
  return SAFE_LINK.test(href) ? href : "";
}

function marked(text, { isBold, isItalic, link }) {
  if (!text.trim()) return text;
  let out = text;
  if (isItalic) out = `<i>${out}</i>`;
  if (isBold) out = `<b>${out}</b>`;
  return link ? `<a href="${escape(link).replaceAll('"', "&quot;")}">${out}</a>` : out;
}

function block(name, text) {
  if (LISTS.has(name)) return text.trim() ? `<${name}>${text.trim()}</${name}>` : "";
  if (name === "td" || name === "th") return `${text} `;
  return LINES.has(name) ? `${LINE}${text}${LINE}` : text;
}
