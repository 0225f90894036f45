import { parseOid } from '../model/ids.ts';
import { type Content, wantsOf } from '../model/content.ts';
import type { SingleSource } from '../model/render-source.ts';
import type { RemoteWant } from '../model/remote-want.ts';
import { followsBranch, isThisRepository } from '../model/repository-url.ts';
import { sentenceOf } from '../model/error.ts';
import type { Bring, BroughtMount, RemoteRequest } from '../ports/engine.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { composeTree, type PlacedTree } from './compose-tree.ts';
import type { RunContext } from './context.ts';

/** A tree at its place in the engine's file system. */
export interface PlacedMount extends PlacedTree {
  readonly at: string;
  /** What of it was brought from elsewhere. */
  readonly wants: readonly RemoteWant[];
}

function ownTree(tree: SourceTree): PlacedTree {
  return { tree, ownPath: (path) => path };
}

async function treeOf(content: Content, own: SourceTree, run: RunContext): Promise<PlacedTree> {
  switch (content.type) {
    case 'here':
      return ownTree(own);
    case 'remote':
      return { tree: (await run.remotes.bring(content.want, run.signal)).tree, ownPath: () => undefined };
    case 'composed':
      return composeTree(
        await Promise.all(content.copies.map(async (copy) => ({ copy, from: await treeOf(copy.from, own, run) }))),
      );
  }
}

/** Everything that a source names beforehand. Throws RemoteError. */
export function mountsOf(
  { content, beside = [] }: SingleSource,
  own: SourceTree,
  run: RunContext,
): Promise<readonly PlacedMount[]> {
  const all = [{ at: '/', content }, ...beside];
  return Promise.all(
    all.map(async ({ at, content: one }) => ({ at, wants: wantsOf(one), ...(await treeOf(one, own, run)) })),
  );
}

/** In the words of the fetcher. */
export function wantOf({ kind, url, ref, path }: RemoteRequest): RemoteWant {
  switch (kind) {
    case 'git':
      return { kind: 'git', url, ref };
    case 'helm':
      return { kind: 'helm', url, chart: path, version: ref };
    case 'oci':
      return { kind: 'oci', url: `${url.replace(/\/+$/, '')}/${path}`, reference: ref, content: 'chart' };
    default:
      return { kind: 'http', url };
  }
}

/** The engine names the file that it asked for; the fetcher may have named it after its address. */
function renamed(tree: SourceTree, name: string): SourceTree {
  const [entry] = tree.entries;
  if (entry === undefined || entry.path === name) return tree;
  return { ...tree, id: `${tree.id}:${name}`, entries: [{ ...entry, path: name, oid: parseOid(entry.oid) }] };
}

/** Brings what a render asks for on its way. This repository under its own address is the side that is judged. */
export function bringFor(own: SourceTree, run: RunContext): Bring {
  const one = async (request: RemoteRequest): Promise<BroughtMount> => {
    const { kind, url, ref, path, at } = request;
    const isOwn = kind === 'git' && isThisRepository(url, run.ownUrls) && followsBranch(ref, run.baseBranch);
    if (isOwn) return { at, tree: own, isOwn };
    const { tree } = await run.remotes.bring(wantOf(request), run.signal);
    return { at, tree: kind === 'http' ? renamed(tree, path) : tree, isOwn };
  };
  return async (wanted) => {
    const found = await Promise.allSettled(wanted.map(one));
    const denied = found.flatMap((result, index) =>
      result.status === 'rejected' ? [{ url: wanted[index]?.url ?? '', reason: sentenceOf(result.reason) }] : [],
    );
    if (denied.length > 0) return { denied };
    return { mounts: found.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])) };
  };
}
