// Pages of mailings: list, form, preview, what became of one.
import "../styles/mailings.css";
import "../styles/preview.css";
import "../modules/mailings/autosave.js";
import "../modules/mailings/fields.js";
import "../modules/mailings/lines.js";
import "../modules/mailings/undo.js";
import "../modules/mailings/preview.js";
