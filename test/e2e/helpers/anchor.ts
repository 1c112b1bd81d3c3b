/** What was said but for the day's anchor: it comes by itself where a test passes midnight. */
export function withoutAnchor(said: readonly string[]): readonly string[] {
  return said.filter((text) => !text.includes('Daily anchor of'));
}
