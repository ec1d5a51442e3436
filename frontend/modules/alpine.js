// The one Alpine of a page. Entries register components with alpine.data();
// app.js starts it once every entry has run.
import Alpine from "@alpinejs/csp";

export const alpine = Alpine;
