import { lockText, type RemoteWant, wantText } from '../../src/model/remote-want.ts';
import { type Remote, type RemoteContent, RemoteError, type Resolved } from '../../src/ports/remote.ts';
import { aTree, type FakeFile } from './source-tree.ts';

/** Content from elsewhere whose references move, by the text of what is wanted; the sources can be down. */
export class MovingRemote implements Remote {
  isDown = false;
  /** What a reference means now; what is not named is not there. */
  readonly heads = new Map<string, Resolved>();
  readonly contents = new Map<string, RemoteContent>();
  /** What was asked, in order. */
  readonly asked: string[] = [];

  /** Puts files there under a reference; moves it where it was there before. */
  put(want: RemoteWant, resolved: string, files: Readonly<Record<string, FakeFile>>): void {
    const tree = aTree(files);
    this.heads.set(lockText(want), { resolved, isPinned: false });
    this.contents.set(resolved, { tree, digest: `sha256:${tree.id}` });
  }

  async resolve(want: RemoteWant): Promise<Resolved> {
    this.asked.push(`resolve ${wantText(want)}`);
    if (this.isDown) throw new RemoteError('UNREACHABLE', 'the source did not answer');
    const found = this.heads.get(lockText(want));
    if (found === undefined) throw new RemoteError('NOT_FOUND', `${wantText(want)} is not there`);
    return found;
  }

  /** As one with a cache: what has a name that cannot change is there also while the sources are down. */
  async fetch(_want: RemoteWant, resolved: string): Promise<RemoteContent> {
    this.asked.push(`fetch ${resolved}`);
    const found = this.contents.get(resolved);
    if (found === undefined) throw new RemoteError('NOT_FOUND', `${resolved} is not there`);
    return found;
  }
}
