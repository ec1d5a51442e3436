// The public page's forms say whether a hand was seen on them. A program that sends
// forms has none; without a script the page asks once more, see reactions/rules/presses.py.
const SIGNS = ["pointerdown", "keydown", "click"];

function tell(event) {
  if (!event.isTrusted) return;
  for (const field of document.querySelectorAll("[data-hand]")) field.value = field.dataset.hand;
  for (const sign of SIGNS) document.removeEventListener(sign, tell, true);
}

for (const sign of SIGNS) document.addEventListener(sign, tell, true);
