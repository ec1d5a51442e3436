// The login may end while somebody writes. Nothing is lost: once they have logged in
// again, in another tab, this page takes that login's seal over and goes on.
export async function takeLoginOver() {
  try {
    const response = await fetch(window.location.href);
    if (response.redirected || !response.ok) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const seal = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!seal) return false;
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = seal;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": seal }));
    document.dispatchEvent(new CustomEvent("winback:seal", { detail: seal }));
    return true;
  } catch {
    return false;
  }
}
