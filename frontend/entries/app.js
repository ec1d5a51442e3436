// What every page behind the login has. Pages add their own entries beside it.
import "@tabler/core/dist/js/tabler.esm.min.js";
import { alpine } from "../modules/alpine.js";
import "../modules/htmx.js";
import "../modules/toasts.js";
import "../modules/busy.js";
import "../modules/confirm.js";
import "../modules/shortcuts.js";
import "../modules/selection.js";
import "../modules/forms.js";
import "../modules/clipboard.js";
import "../modules/days/fields.js";

document.addEventListener("DOMContentLoaded", () => alpine.start());
