export type Ink = 'bold' | 'red' | 'green' | 'yellow' | 'dim';
/** SGR codes, https://en.wikipedia.org/wiki/ANSI_escape_code#SGR; the only escapes that ever leave this file. */
const CODES: Readonly<Record<Ink, number>> = { bold: 1, red: 31, green: 32, yellow: 33, dim: 2 };
export type Paint = (ink: Ink, words: string) => string;

export function painter(color: boolean): Paint {
  return (ink, words) => (color ? `\u001b[${CODES[ink]}m${words}\u001b[0m` : words);
}
