// A fault names its line: a click on it selects that line where it was written.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-line]");
  const control = button && document.getElementById(button.dataset.part);
  if (!control?.setSelectionRange) return;
  const lines = control.value.split("\n");
  const line = Math.min(Number(button.dataset.line), lines.length);
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  control.focus();
  control.setSelectionRange(start, start + lines[line - 1].length);
  const height = parseFloat(getComputedStyle(control).lineHeight) || 20;
  control.scrollTop = Math.max(0, (line - 3) * height);
});
