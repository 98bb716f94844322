/** Straight quotes as print has them: “ ” around words, ‘ ’ likewise, ’ as apostrophe. Marks of feet and inches stay straight. */
export function typographic(text: string): string {
  if (!/["']/.test(text)) return text;
  return text
    .replace(/(?<=[\p{L}])'(?=[\p{L}\d])/gu, '’') // it's
    .replace(/(?<=^|[\s([{–—“/-])"(?=\S)/gu, '“')
    .replace(/(?<=^|[\s([{–—“"/-])'(?=\d\ds?\b)/gu, '’') // the '90s
    .replace(/(?<=^|[\s([{–—“"/-])'(?=\S)/gu, '‘')
    .replace(/(?<=[^\d\s])"|(?<=“[^”"]*\d)"/gu, '”')
    .replace(/(?<=[^\d\s])'|(?<=‘[^’']*\d)'/gu, '’');
}
