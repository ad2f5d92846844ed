/** The colours of the drawings, and what each is on a dark page. */
const COLOURS: Readonly<Record<string, string>> = {
  '#1c1c21': '#ececf1',
  '#5b5b66': '#a9a9b5',
  '#8b8b97': '#6a6a76',
  '#f6f6f8': '#1f1f25',
  '#ffffff': '#101014',
  '#e7edfb': '#1d2842',
  '#3058c7': '#8fb0ff',
  '#1d8045': '#6fcf8f',
};

/**
 * A drawing for a light page, as it is for a dark one.
 *
 * @throws for a colour that has no counterpart
 */
export function darkened(drawing: string): string {
  return drawing.replaceAll(/#[\da-f]{6}\b/gi, (colour) => {
    const { [colour]: dark } = COLOURS;
    if (dark === undefined) throw new Error(`${colour} has no counterpart for dark pages.`);
    return dark;
  });
}
