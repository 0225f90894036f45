import { describe, expect, test } from '@jest/globals';
import { MovingRemote } from '../../test/fakes/moving-remote.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import type { RemoteWant } from '../model/remote-want.ts';
import type { Remote } from '../ports/remote.ts';
import { noRemotes, remotesOf } from './remotes.ts';

const GIT: RemoteWant = { kind: 'git', url: 'https://git.example/base', ref: 'main' };
const CHART: RemoteWant = { kind: 'helm', url: 'https://charts.example', chart: 'web', version: '1.x' };
const calm = new AbortController().signal;

function aRemote(): MovingRemote {
  const remote = new MovingRemote();
  remote.put(GIT, 'commit-1', { 'a.yaml': 'first' });
  return remote;
}

async function lockOf(remote: MovingRemote) {
  const remotes = remotesOf(remote, []);
  await remotes.bring(GIT, calm);
  return remotes.lock();
}

test('each reference is resolved and fetched once, however often and however soon it is wanted', async () => {
  const remote = aRemote();
  const remotes = remotesOf(remote, []);
  const [one, two] = await Promise.all([remotes.bring(GIT, calm), remotes.bring({ ...GIT }, calm)]);
  expect(one).toBe(two);
  await remotes.bring(GIT, calm);
  expect(remote.asked).toEqual(['resolve https://git.example/base@main', 'fetch commit-1']);
});

test('what came stands in the Lock, sorted', async () => {
  const remote = aRemote();
  remote.put(CHART, '1.2.3@sha256:c', { 'Chart.yaml': 'name: web' });
  const remotes = remotesOf(remote, []);
  await remotes.bring(CHART, calm);
  const { digest } = await remotes.bring(GIT, calm);
  expect(remotes.lock()).toEqual([
    { kind: 'git', ref: 'https://git.example/base@main', resolved: 'commit-1', digest },
    { kind: 'helm', ref: 'https://charts.example web 1.x', resolved: '1.2.3@sha256:c', digest: expect.any(String) },
  ]);
  expect(remotes.moved()).toEqual([]);
});

describe('what reads alike and is not the same is brought and locked apart', () => {
  const tag: RemoteWant = { kind: 'git', url: 'https://git.example/base', ref: '1.0' };
  const layer: RemoteWant = { kind: 'oci', url: 'oci://r.example/x', reference: 'v1', content: 'artifact' };
  test.each<[string, RemoteWant, RemoteWant]>([
    ['a tag and a range of tags', tag, { ...tag, ref: '', range: '1.0' }],
    ['a range of Flux and of Argo CD', { ...tag, range: '1.0' }, { ...tag, range: '1.0', rangeAs: 'argocd' }],
    ['a tag and a range of versions', layer, { ...layer, reference: '', range: 'v1' }],
    ['two layers', { ...layer, mediaType: 'text/a' }, { ...layer, mediaType: 'text/b' }],
    ['an archive and a file', layer, { ...layer, operation: 'copy' }],
    ['a chart and an artifact', { ...layer, content: 'chart' }, layer],
  ])('%s', async (_, one, other) => {
    const remote = new MovingRemote();
    remote.put(one, 'id-1', { 'a.yaml': 'first' });
    remote.put(other, 'id-2', { 'a.yaml': 'second' });
    const first = remotesOf(remote, []);
    const digests = [(await first.bring(one, calm)).digest, (await first.bring(other, calm)).digest];
    expect(new Set(digests).size).toBe(2);
    const again = remotesOf(remote, first.lock());
    expect([(await again.bring(other, calm)).digest, (await again.bring(one, calm)).digest]).toEqual(
      digests.toReversed(),
    );
    expect([again.lock(), again.moved()]).toEqual([first.lock(), []]);
  });

  test('addresses and references that meet in one text', async () => {
    const url = 'https://git.example/base';
    const [one, other] = [
      { ...tag, url: `${url}@a`, ref: 'b' },
      { ...tag, url, ref: 'a@b' },
    ] as const;
    const remote: Remote = {
      resolve: (want) => Promise.resolve({ resolved: want.url, isPinned: true }),
      fetch: (want) => Promise.resolve({ tree: aTree({}), digest: want.url }),
    };
    const remotes = remotesOf(remote, []);
    expect((await remotes.bring(one, calm)).digest).not.toBe((await remotes.bring(other, calm)).digest);
  });

  test('a default that only one of them states is no difference', async () => {
    const remote = new MovingRemote();
    remote.put(layer, 'id-1', { 'a.yaml': 'first' });
    const remotes = remotesOf(remote, []);
    await remotes.bring(layer, calm);
    await remotes.bring({ ...layer, operation: 'extract' }, calm);
    expect(remotes.lock()).toHaveLength(1);
  });
});

test('what could not be brought stands not in the Lock, and stays refused', async () => {
  const remotes = remotesOf(aRemote(), []);
  await expect(remotes.bring(CHART, calm)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(remotes.bring(CHART, calm)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(remotes.lock()).toEqual([]);
});

describe('with the Lock of an earlier verdict', () => {
  test('a reference that stayed is as it was', async () => {
    const remote = aRemote();
    const lock = await lockOf(remote);
    const remotes = remotesOf(remote, lock);
    await remotes.bring(GIT, calm);
    expect([remotes.lock(), remotes.moved()]).toEqual([lock, []]);
  });

  test('a reference that moved means what it meant, and that it moved is told', async () => {
    const remote = aRemote();
    const lock = await lockOf(remote);
    remote.put(GIT, 'commit-2', { 'a.yaml': 'second' });
    const remotes = remotesOf(remote, lock);
    const { tree } = await remotes.bring(GIT, calm);
    const texts = await Promise.all(tree.entries.map(async ({ oid }) => Buffer.from(await tree.read(oid)).toString()));
    expect(texts).toEqual(['first']);
    expect([remotes.lock(), remotes.moved()]).toEqual([lock, [{ want: GIT, was: 'commit-1', is: 'commit-2' }]]);
  });

  test('a source that cannot be reached is not needed', async () => {
    const remote = aRemote();
    const lock = await lockOf(remote);
    remote.isDown = true;
    const remotes = remotesOf(remote, lock);
    await remotes.bring(GIT, calm);
    expect([remotes.lock(), remotes.moved()]).toEqual([lock, []]);
  });

  test('a source that says that there is no such reference any more is an error', async () => {
    const remote = aRemote();
    const lock = await lockOf(remote);
    remote.heads.clear();
    await expect(remotesOf(remote, lock).bring(GIT, calm)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('other bytes under the same name are refused', async () => {
    const remote = aRemote();
    const lock = await lockOf(remote);
    remote.put(GIT, 'commit-1', { 'a.yaml': 'tampered' });
    const remotes = remotesOf(remote, lock);
    await expect(remotes.bring(GIT, calm)).rejects.toMatchObject({
      code: 'INVALID',
      message: 'https://git.example/base@main has other content than when this was judged first',
    });
    expect(remotes.lock()).toEqual([]);
  });

  test('an entry of another kind is no entry', async () => {
    const remote = aRemote();
    const lock = (await lockOf(remote)).map((entry) => ({ ...entry, kind: 'http' as const, resolved: 'other' }));
    const remotes = remotesOf(remote, lock);
    await remotes.bring(GIT, calm);
    expect(remotes.lock()).toMatchObject([{ resolved: 'commit-1' }]);
  });
});

test('without a lock, a source that cannot be reached is an error that may pass', async () => {
  const remote = aRemote();
  remote.isDown = true;
  await expect(remotesOf(remote, []).bring(GIT, calm)).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
});

test('where nothing is fetched, it is said of each', async () => {
  const remotes = noRemotes('this run is offline');
  await expect(remotes.bring(GIT, calm)).rejects.toMatchObject({
    code: 'DENIED',
    message: 'this run is offline',
  });
  expect([remotes.lock(), remotes.moved()]).toEqual([[], []]);
});
