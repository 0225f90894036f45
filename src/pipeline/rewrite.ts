import { createHash } from 'node:crypto';
import { replaced, type Scalar } from '../blame/scalars.ts';
import type { App } from '../model/app.ts';
import { type Oid, parseOid } from '../model/ids.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { Rendered } from './render-app.ts';

/** One text of one file, and what stands in its place. */
export interface Edit {
  readonly file: string;
  readonly text: string;
  readonly scalar: Scalar;
  readonly value: string;
}

/** The app as it would be with the edit; undefined where no more is rendered in this run. */
export type Rewrite = (app: App, edit: Edit) => Promise<Rendered | undefined>;

/** Renders that are spent on lines: each is a fraction of what the run costs, and many findings ask for the same one. */
const MAX_RENDERS = 60;

export function rewriter(tree: SourceTree, render: (app: App, tree: SourceTree) => Promise<Rendered>): Rewrite {
  const known = new Map<string, Promise<Rendered>>();
  return (app, edit) => {
    const key = JSON.stringify([app.id, edit.file, edit.scalar.start, edit.value]);
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= MAX_RENDERS) return Promise.resolve(undefined);
    const rendered = render(app, treeWith(tree, edit));
    known.set(key, rendered);
    return rendered;
  };
}

function treeWith(tree: SourceTree, { file, text, scalar, value }: Edit): SourceTree {
  const bytes = Buffer.from(replaced(text, scalar, value));
  const own = parseOid(createHash('sha256').update(bytes).digest('hex'));
  return {
    id: `${tree.id} ${file} ${own}`,
    entries: tree.entries.map((entry) => (entry.path === file ? { ...entry, oid: own } : entry)),
    read: (oid: Oid) => (oid === own ? Promise.resolve(new Uint8Array(bytes)) : tree.read(oid)),
  };
}

/** The file as text; undefined where it is not there. */
export async function textIn(tree: SourceTree, file: string): Promise<string | undefined> {
  const entry = tree.entries.find(({ path }) => path === file);
  return entry && Buffer.from(await tree.read(entry.oid)).toString('utf8');
}
