// One <dialog> asks before something that is hard to take back: for htmx's
// hx-confirm, and for data-confirm on a form or on its submit button.
function ask(question, { action = "", danger = false } = {}) {
  const dialog = document.getElementById("confirm-dialog");
  dialog.querySelector("[data-confirm-question]").textContent = question;
  const button = dialog.querySelector("[data-confirm-yes]");
  button.textContent = action || button.dataset.usual;
  button.classList.toggle("btn-danger", danger);
  button.classList.toggle("btn-primary", !danger);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) =>
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }),
  );
}

function wording(element) {
  return { action: element.dataset.confirmAction, danger: "confirmDanger" in element.dataset };
}

document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  if (await ask(event.detail.question, wording(event.detail.elt))) event.detail.issueRequest(true);
});

document.addEventListener(
  "submit",
  async (event) => {
    const source = event.submitter?.dataset.confirm ? event.submitter : event.target;
    if (!source.dataset.confirm || event.target.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await ask(source.dataset.confirm, wording(source)))) return;
    event.target.dataset.confirmed = "yes";
    event.target.requestSubmit(event.submitter);
    delete event.target.dataset.confirmed;
  },
  { capture: true },
);
