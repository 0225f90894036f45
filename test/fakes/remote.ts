import { type RemoteWant, wantText } from '../../src/model/remote-want.ts';
import { type Remote, RemoteError } from '../../src/ports/remote.ts';
import { aTree, type FakeFile } from './source-tree.ts';

export interface FakeRemote extends Remote {
  /** What was resolved, in order. */
  readonly resolved: string[];
  readonly fetched: string[];
}

/**
 * Content by the text of its want: `aRemote({ 'https://x.example/r@v1': { 'a.yaml': … } })`. What is not there is NOT_FOUND; a string
 * in place of files is the sentence of a source that cannot be reached.
 */
export function aRemote(
  contents: Readonly<Record<string, Readonly<Record<string, FakeFile>> | string>> = {},
): FakeRemote {
  const resolved: string[] = [];
  const fetched: string[] = [];
  const treeOf = (want: RemoteWant) => {
    const files = contents[wantText(want)];
    if (files === undefined) throw new RemoteError('NOT_FOUND', `there is no ${wantText(want)}`);
    if (typeof files === 'string') throw new RemoteError('UNREACHABLE', files);
    return aTree(files);
  };
  return {
    resolved,
    fetched,
    resolve(want) {
      resolved.push(wantText(want));
      return Promise.resolve().then(() => ({ resolved: treeOf(want).id, isPinned: false }));
    },
    fetch(want, id) {
      fetched.push(wantText(want));
      return Promise.resolve().then(() => {
        const tree = treeOf(want);
        if (tree.id !== id) throw new RemoteError('NOT_FOUND', `${wantText(want)} has moved`);
        return { tree, digest: tree.id };
      });
    },
  };
}
