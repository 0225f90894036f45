/** A URL as a sentence may show it: without password, and without the query, in which stores of files sign their links. */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  const shown =
    url === null || url.host === '' ? text.replace(/[?#].*$/s, '') : `${url.protocol}//${url.host}${url.pathname}`;
  return shown
    .replace(/^((?:[\w+.-]+:\/\/|[\w+.-]+::)*)[^/@]*:[^/@]*@/, '$1')
    .replace(/\p{C}/gu, '?')
    .slice(0, 300);
}
