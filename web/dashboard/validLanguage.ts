/**
 * uPlot makes a number format of the browser's language when it is loaded, and throws where that is no
 * language tag, such as the `en-US@posix` of a machine without a locale. So this is imported before it.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}
