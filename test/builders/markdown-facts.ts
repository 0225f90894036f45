import { lexer, type Token } from 'marked';

/** What a reader of Markdown would make of a text, as far as strangers could have put it there. */
export interface MarkdownFacts {
  readonly headings: readonly string[];
  readonly links: readonly string[];
  /** Elements with their attributes, in order: `details open`, `/details`. */
  readonly elements: readonly string[];
  /** All text that is no code, elements apart. */
  readonly prose: string;
  readonly lastParagraph: string;
}

export function markdownFacts(markdown: string): MarkdownFacts {
  const tokens = flat(lexer(markdown));
  const of = (...types: readonly string[]) => tokens.filter(({ type }) => types.includes(type));
  return {
    headings: of('heading').map(rawOf),
    links: of('link', 'image', 'def').map(rawOf),
    elements: of('html').flatMap(({ raw }) => [...raw.matchAll(/<([^<>]*)>?/g)].map(([, element = '']) => element)),
    prose: [
      ...of('text', 'escape')
        .filter((token) => !('tokens' in token))
        .map(rawOf),
      ...of('html').map(({ raw }) => raw.replace(/<code>.*?<\/code>/g, '')),
    ].join('\n'),
    lastParagraph: of('paragraph').at(-1)?.raw ?? '',
  };
}

function rawOf({ raw }: Token): string {
  return raw;
}

function flat(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token) => {
    const cells =
      token.type === 'table'
        ? [...token['header'], ...token['rows'].flat()].flatMap((cell: { tokens: Token[] }) => cell.tokens)
        : [];
    const items = token.type === 'list' ? token['items'] : [];
    const inside = 'tokens' in token && token.tokens !== undefined ? token.tokens : [];
    return [token, ...flat([...inside, ...cells, ...items])];
  });
}
