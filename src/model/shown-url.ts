/** A URL as a sentence may show it: without password, and without the query, in which stores of files sign their links. */
export function shownUrl(text: string): string {
  const shown = withoutPassword(text).replace(/[?#].*$/s, '');
  return shown.replace(/\p{C}/gu, '?').slice(0, 300);
}

/** Of any form that git, Kustomize or a registry takes: `https://user:password@host`, `user:password@host:path`, `git::https://…`. */
export function withoutPassword(text: string): string {
  const [, marks = '', rest = ''] = /^((?:[\w+.-]+::)*(?:[\w+.-]+:\/\/)?)(.*)$/s.exec(text) ?? [];
  // Passwords may hold an "@" themselves: what counts is the last one before the path.
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const at = authority.lastIndexOf('@');
  const user = authority.slice(0, Math.max(at, 0));
  return user.includes(':') ? `${marks}${authority.slice(at + 1)}${rest.slice(authority.length)}` : text;
}
