// What pages are judged by: the HTML standard and html-validate's own recommendations. Switched off is only what is a matter
// of style, since every byte of a page counts.
export default {
  root: true,
  extends: ["html-validate:recommended", "html-validate:standard"],
  rules: {
    // A button is a submit button by itself.
    "no-implicit-button-type": "off",
    // Two submit buttons of one name are how a choice is sent; the rule knows them only by a written type.
    "form-dup-name": "off",
    // Both kinds of quotes are valid.
    "attr-quotes": "off",
    // 999 and 101 are followed by words that may well go to the next line.
    "tel-non-breaking": "off",
    // A notice may have a long title.
    "long-title": "off",
    // A table that scrolls is a labelled region that the keyboard reaches: a <section> would say the same.
    "prefer-native-element": "off",
  },
};
