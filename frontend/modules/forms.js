// Small services for forms: [data-submit-on-change] sends its form at once,
// [data-open-dialog="id"] opens a dialog (its [data-dialog-target] takes the
// opener's data-dialog-value), [data-close-dialog] closes it, and a form with
// [data-unsaved] warns before its changes are lost.
function openDialog(opener) {
  const dialog = document.getElementById(opener.dataset.openDialog);
  if (!dialog) return;
  if (opener.closest("dialog")) opener.closest("dialog").close();
  const target = dialog.querySelector("[data-dialog-target]");
  if (target && opener.dataset.dialogValue) target.value = opener.dataset.dialogValue;
  dialog.showModal();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) openDialog(opener);
  event.target.closest("[data-close-dialog]")?.closest("dialog")?.close();
  if (event.target.matches("dialog")) event.target.close();
});

let unsaved = false;
document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-unsaved]")) unsaved = true;
});
document.addEventListener("submit", () => (unsaved = false));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.detail.elt.closest("form[data-unsaved]")) unsaved = false;
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
