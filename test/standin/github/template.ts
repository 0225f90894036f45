/** A path template of GitHub's description, such as `/repos/{owner}/{repo}/commits/{ref}/check-runs`. */
export interface Template {
  readonly text: string;
  /** Literal characters: of two templates that match, the one with more of them is meant. */
  readonly weight: number;
  match(path: string): Readonly<Record<string, string>> | undefined;
}

/** Parameters that may hold slashes; GitHub's description marks them with `x-multi-segment`. */
const MULTI_SEGMENT = new Set(['ref', 'commit_sha', 'branch', 'basehead', 'path', 'tree_sha', 'sha']);

export function compileTemplate(text: string): Template {
  const names = [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const source = text
    .replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => (MULTI_SEGMENT.has(name) ? '(.+)' : '([^/]+)'));
  const pattern = new RegExp(`^${source}$`);
  return {
    text,
    weight: text.replaceAll(/\{\w+\}/g, '').length,
    match(path) {
      const found = pattern.exec(path);
      return found ? Object.fromEntries(names.map((name, at) => [name, decode(found[at + 1] ?? '')])) : undefined;
    },
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
