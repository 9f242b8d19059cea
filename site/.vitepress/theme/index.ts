/** VitePress' own theme, with the fonts of the reader's system: nothing is downloaded to read. */
import Theme from "vitepress/theme-without-fonts";

// VitePress wants the theme as a default export.
export default Theme;
