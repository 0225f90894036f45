import type { Problem } from '../model/finding.ts';
import { isFloating, lockText, type RemoteWant, wantText } from '../model/remote-want.ts';
import type { AppPair } from './affected.ts';
import type { Rendered } from './render-app.ts';
import type { Moved } from './remotes.ts';

const SIDES = ['base', 'merged'] as const;

function wantsIn({ looks }: Rendered): readonly RemoteWant[] {
  const all = looks.flatMap(({ mounts }) => mounts.flatMap(({ wants }) => wants));
  return [...new Map(all.map((want) => [lockText(want), want])).values()];
}

function problemOf(
  app: string,
  key: string,
  rest: Pick<Problem, 'side' | 'rule' | 'severity' | 'enforcement' | 'message' | 'why' | 'fix'>,
): Problem {
  return { ...rest, alias: '', app, object: null, pointer: '', key, facets: [] };
}

/** What a controller would fetch after the merge need not be what was judged. */
function unpinned(side: Problem['side'], rendered: Rendered): readonly Problem[] {
  return wantsIn(rendered)
    .filter(isFloating)
    .map((want) =>
      problemOf(rendered.app.id, wantText(want), {
        side,
        rule: 'render/remote-unpinned',
        severity: 'low',
        enforcement: 'advice',
        message: `${wantText(want)} names no fixed content`,
        why: 'Whoever owns the source changes what is applied here, without a pull request.',
        fix: 'Name a commit, a version or a digest.',
      }),
    );
}

function movedIn(rendered: Rendered, moved: readonly Moved[]): readonly Problem[] {
  const wanted = new Set(wantsIn(rendered).map(lockText));
  return moved
    .filter(({ want }) => wanted.has(lockText(want)))
    .map(({ want, was, is }) =>
      problemOf(rendered.app.id, `${wantText(want)} ${is}`, {
        side: 'merged',
        rule: 'render/remote-moved',
        severity: 'high',
        enforcement: 'required',
        message: `${wantText(want)} has moved from ${was} to ${is} since this commit was judged first`,
        why: 'What was judged is the older content; what the controller fetches after the merge is the newer.',
        fix: 'Name a commit, a version or a digest; or push the branch again to have the new content judged.',
      }),
    );
}

/** What is to be said of content from elsewhere, on both sides. */
export function remoteProblems(pairs: readonly AppPair[], moved: readonly Moved[]): readonly Problem[] {
  const floating = SIDES.flatMap((side) =>
    pairs.flatMap((pair) => pair[side] ?? []).flatMap((one) => unpinned(side, one)),
  );
  return [...floating, ...pairs.flatMap(({ merged }) => (merged === undefined ? [] : movedIn(merged, moved)))];
}
