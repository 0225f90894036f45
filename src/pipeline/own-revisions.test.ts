import { expect, test } from '@jest/globals';
import { aRemote } from '../../test/fakes/remote.ts';
import { aRepository } from '../../test/fakes/repository.ts';
import type { RemoteWant } from '../model/remote-want.ts';
import { withOwnRevisions } from './own-revisions.ts';

const OWN = 'https://github.com/acme/clusters';
const calm = new AbortController().signal;
const files = { 'a.yaml': 'a' };

async function brought(want: RemoteWant) {
  const repository = aRepository([{ name: 'v1', files }]);
  const elsewhere = aRemote({ [`${OWN}@v2`]: files, 'https://github.com/acme/other@v1': files, [`${OWN}@1.x`]: files });
  const remote = withOwnRevisions(elsewhere, { repository, ownUrls: [OWN] });
  const { resolved } = await remote.resolve(want, calm);
  const { tree } = await remote.fetch(want, resolved, calm);
  return { paths: tree.entries.map(({ path }) => path), asked: elsewhere.resolved.length + elsewhere.fetched.length };
}

test.each<readonly [name: string, want: RemoteWant, asked: number]>([
  ['that the clone has', { kind: 'git', url: `${OWN}.git`, ref: 'v1' }, 0],
  ['that the clone has not', { kind: 'git', url: OWN, ref: 'v2' }, 2],
  ['of another repository', { kind: 'git', url: 'https://github.com/acme/other', ref: 'v1' }, 2],
  ['by a range', { kind: 'git', url: OWN, ref: '', range: '1.x' }, 2],
])('a revision %s', async (_, want, asked) => {
  expect(await brought(want)).toEqual({ paths: ['a.yaml'], asked });
});
