// Counts the seconds down in which sending can be taken back, then looks again.
import { numberText } from "../numbers.js";

const bar = document.querySelector("[data-undo]");

if (bar) {
  const endsAt = Date.now() + Number(bar.dataset.undo) * 1000;
  const left = bar.querySelector("[data-undo-left]");
  const timer = setInterval(() => {
    const seconds = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
    left.textContent = numberText(seconds);
    if (seconds > 0) return;
    clearInterval(timer);
    bar.querySelector("button").disabled = true;
    setTimeout(() => window.location.reload(), 1500);
  }, 250);
}
