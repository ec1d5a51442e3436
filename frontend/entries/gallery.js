// Gallery of templates, a template's page, the brand kit.
import "../styles/mailings.css";
import "../styles/gallery.css";
import "../modules/gallery/looks.js";
import "../modules/gallery/brand.js";
