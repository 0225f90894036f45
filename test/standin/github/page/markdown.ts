import { Marked, type Tokens } from 'marked';
import { escape } from './html.ts';

/** Raw HTML that GitHub keeps and reports use; no attribute of it survives. */
const ALLOWED = new Set([
  'details',
  'summary',
  'br',
  'sub',
  'sup',
  'kbd',
  'b',
  'strong',
  'i',
  'em',
  'code',
  'del',
  'ins',
]);
const TAG = /<!--[\s\S]*?-->|<(\/?)([a-zA-Z][\w-]*)([^<>]*)>/g;

/** Markdown of a stranger to HTML that holds no script, no image, no attribute of theirs, and no tag left open. */
export function renderMarkdown(text: string): string {
  const open: string[] = [];
  const marked = new Marked({
    gfm: true,
    renderer: {
      html: ({ text: raw }) => keepAllowed(raw, open),
      image: ({ text: alt }) => escape(alt),
      link({ href, tokens }) {
        const label = this.parser.parseInline(tokens);
        return isSafeLink(href) ? `<a href="${escape(href)}" rel="noopener noreferrer nofollow">${label}</a>` : label;
      },
      code: codeBlock,
      table(token) {
        const row = (cells: readonly Tokens.TableCell[], tag: string): string =>
          `<tr>${cells.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('')}</tr>`;
        const body = token.rows.map((cells) => row(cells, 'td')).join('');
        return `<div class="wide"><table><thead>${row(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>`;
      },
    },
  });
  const rendered = marked.parse(text, { async: false });
  return (
    rendered +
    open
      .toReversed()
      .map((tag) => `</${tag}>`)
      .join('')
  );
}

function isSafeLink(href: string): boolean {
  return /^(https?:\/\/|#)/i.test(href);
}

function keepAllowed(raw: string, open: string[]): string {
  let from = 0;
  const parts: string[] = [];
  for (const found of raw.matchAll(TAG)) {
    parts.push(escape(raw.slice(from, found.index)), tagOf(found, open));
    from = found.index + found[0].length;
  }
  return parts.join('') + escape(raw.slice(from));
}

function tagOf([whole, slash, name = '', rest = '']: RegExpExecArray, open: string[]): string {
  if (whole.startsWith('<!--')) return '';
  const tag = name.toLowerCase();
  if (!ALLOWED.has(tag)) return escape(whole);
  if (tag === 'br') return '<br>';
  if (slash) return closed(tag, open);
  open.push(tag);
  return tag === 'details' && /\bopen\b/.test(rest) ? '<details open>' : `<${tag}>`;
}

/** Closes only what this text opened, so that it cannot step out of its box. */
function closed(tag: string, open: string[]): string {
  const at = open.lastIndexOf(tag);
  if (at < 0) return '';
  return open
    .splice(at)
    .toReversed()
    .map((each) => `</${each}>`)
    .join('');
}

function codeBlock({ text, lang = '' }: Tokens.Code): string {
  const language = lang.split(/\s/)[0] ?? '';
  if (language === 'suggestion') {
    return `<div class="suggestion"><p>Suggested change</p><pre><code>${escape(text)}</code></pre></div>`;
  }
  const body = language === 'diff' ? text.split('\n').map(diffLine).join('\n') : escape(text);
  return `<pre><code>${body}</code></pre>`;
}

function diffLine(line: string): string {
  const kinds: Readonly<Record<string, string>> = { '+': 'added', '-': 'deleted', '@': 'hunk' };
  const kind = kinds[line.charAt(0)];
  return kind ? `<span class="${kind}">${escape(line)}</span>` : escape(line);
}
