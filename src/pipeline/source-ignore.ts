import ignore, { type Ignore } from 'ignore';
import { baseNameOf, folderOf, isWithin } from '../model/path.ts';
import { MODES, type TreeEntry } from '../model/tree.ts';
import type { SourceTree } from '../ports/source-tree.ts';

interface Pattern {
  readonly folder: string;
  readonly isInclusion: boolean;
  readonly matcher: Ignore;
}

/**
 * What is left of a tree in its artifact: links and submodules are in none, nor is what `.sourceignore` files and `spec.ignore` exclude.
 * Of all patterns the last that matches a file or a folder above it decides, so that a file is taken again also below an excluded folder,
 * other than in git: https://github.com/fluxcd/pkg/blob/main/sourceignore/gitignore/matcher.go
 */
export async function leftByIgnore(tree: SourceTree, specIgnore: string): Promise<readonly TreeEntry[]> {
  const files = tree.entries.filter(({ mode }) => mode !== MODES.link && mode !== MODES.submodule);
  const own = files.filter(({ path }) => baseNameOf(path) === '.sourceignore').toSorted((a, b) => depth(a) - depth(b));
  const texts = await Promise.all(own.map(async ({ oid }) => Buffer.from(await tree.read(oid)).toString('utf8')));
  const inFiles = own.flatMap(({ path }, index) => patternsIn(texts[index] ?? '', folderOf(path)));
  const lastFirst = [...inFiles, ...patternsIn(specIgnore, '')].toReversed();
  return files.filter(({ path }) => lastFirst.find((one) => matches(one, path))?.isInclusion ?? true);
}

function depth({ path }: TreeEntry): number {
  return path.split('/').length;
}

function patternsIn(text: string, folder: string): readonly Pattern[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#') && line.trim() !== '');
  return lines.map((line) => {
    const isInclusion = line.startsWith('!');
    const matcher = ignore({ ignorecase: false }).add(isInclusion ? line.slice(1) : line);
    return { folder, isInclusion, matcher };
  });
}

function matches({ folder, matcher }: Pattern, path: string): boolean {
  return isWithin(path, folder) && matcher.ignores(folder === '' ? path : path.slice(folder.length + 1));
}
