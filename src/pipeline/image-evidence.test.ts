import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY } from '../config/policy.ts';
import { parseImageRef } from '../model/image-ref.ts';
import type { LockEntry } from '../model/lock.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ImageRule } from '../model/policy.ts';
import type { ImageEvidence } from '../model/provenance.ts';
import type { ImageEvidenceSource } from '../ports/image-evidence.ts';
import { anImageRule, aProvenance, aSignature, aSignerRule } from '../../test/builders/believed.ts';
import { aWorld } from '../../test/builders/manifest.ts';
import { aDeployment, aDigest, anImage } from '../../test/builders/provenance.ts';
import { FakeEvidence, keepingEvidence, NO_ROOTS } from '../../test/fakes/image-evidence.ts';
import { gatherEvidence } from './image-evidence.ts';
import type { ImagePolicies } from './image-policies.ts';
import { refusingEvidence } from './refusing-evidence.ts';

const WEB = 'ghcr.io/acme/web:1';
const calm = new AbortController().signal;
const TRUST = { roots: [], keys: [], authorities: [] };

function gather(
  evidence: ImageEvidenceSource,
  {
    base = [],
    merged,
    known = [],
    rules = [],
    signal = calm,
  }: {
    readonly base?: readonly Manifest[];
    readonly merged: readonly Manifest[];
    readonly known?: readonly LockEntry[];
    readonly rules?: readonly ImageRule[];
    readonly signal?: AbortSignal;
  },
) {
  const worlds = { base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY };
  const given = { rules, artifacts: [], elsewhere: [], now: new Date('2026-11-24T12:00:00Z') };
  return gatherEvidence(
    { ...worlds, ...given, trustFor: () => Promise.resolve({ trust: TRUST, warnings: [] }) },
    { evidence, roots: NO_ROOTS, known },
    signal,
  );
}

function locked(name: string, digest: string): LockEntry {
  return { kind: 'image', ref: name, resolved: digest, digest };
}

const web = [aDeployment({ web: WEB })];
const signed = anImage('1', aSignature());

test('each image is asked for once, however often and however it is written', async () => {
  const source = new FakeEvidence().put('nginx:1', anImage('2'));
  const images = { a: 'nginx:1', b: 'docker.io/nginx:1', c: 'index.docker.io/library/nginx:1' };
  const { provenance } = await gather(source, { merged: [aDeployment(images)] });
  expect(source.names).toEqual(['docker.io/library/nginx:1']);
  expect(provenance.book.of(parseImageRef('nginx:1'))?.digest).toBe(aDigest('2'));
  expect(provenance.book.of(parseImageRef('nginx:2'))).toBeUndefined();
});

test('it is asked for in the repositories that rules name, too', async () => {
  const source = new FakeEvidence().put(WEB, signed);
  const proof = { kind: 'proof', signer: aSignerRule(), at: 'ghcr.io/acme/signatures' } as const;
  await gather(source, { merged: web, rules: [anImageRule({ proof })] });
  expect(source.asked).toMatchObject([{ places: ['ghcr.io/acme/signatures'] }]);
});

test('what a tag meant stands in the Lock, sorted; a digest says it itself', async () => {
  const source = new FakeEvidence().put('b.io/x:2', anImage('2')).put('a.io/x:1', anImage('1'));
  source.put(`c.io/x@${aDigest('3')}`, anImage('3'));
  const images = { a: 'b.io/x:2', b: 'a.io/x:1', c: `c.io/x:9@${aDigest('3')}` };
  const { lock } = await gather(source, { merged: [aDeployment(images)] });
  expect(lock).toEqual([locked('a.io/x:1', aDigest('1')), locked('b.io/x:2', aDigest('2'))]);
});

test('what could not be read stands not in the Lock', async () => {
  const source = new FakeEvidence().put(WEB, { status: 'unreachable', reason: 'no answer', digest: aDigest('1') });
  expect((await gather(source, { merged: web })).lock).toEqual([]);
});

describe('with the Lock of an earlier verdict', () => {
  const known = [locked(WEB, aDigest('1'))];
  const ref = parseImageRef(WEB);

  test('a tag that stayed is read once', async () => {
    const source = new FakeEvidence().put(WEB, signed);
    const { provenance, lock } = await gather(source, { merged: web, known });
    expect([source.names, lock, provenance.book.moved(ref)]).toEqual([[WEB], known, undefined]);
  });

  test('a tag that moved means what it meant, and that it moved is told', async () => {
    const source = new FakeEvidence().put(WEB, signed).put(WEB, anImage('2'));
    const { provenance, lock } = await gather(source, { merged: web, known });
    expect(provenance.book.of(ref)).toEqual(signed);
    expect(provenance.book.moved(ref)).toEqual({ was: aDigest('1'), is: aDigest('2') });
    expect(lock).toEqual(known);
  });

  test('a tag that cannot be asked for means what it meant', async () => {
    const source = new FakeEvidence().put(WEB, signed).put(WEB, { status: 'unreachable', reason: 'no answer' });
    const { provenance, lock } = await gather(source, { merged: web, known });
    expect([provenance.book.of(ref), provenance.book.moved(ref), lock]).toEqual([signed, undefined, known]);
  });

  test('a tag that is gone is no image any more', async () => {
    const source = new FakeEvidence().put(`ghcr.io/acme/web@${aDigest('1')}`, signed);
    const { provenance } = await gather(source, { merged: web, known });
    expect(provenance.book.of(ref)?.status).toBe('not-found');
  });

  test('an entry of another kind, or of another image, is none', async () => {
    const source = new FakeEvidence().put(WEB, signed);
    const others = [{ ...locked(WEB, aDigest('9')), kind: 'oci' as const }, locked('ghcr.io/acme/web:2', aDigest('9'))];
    const { provenance, lock } = await gather(source, { merged: web, known: others });
    expect([provenance.book.of(ref), provenance.book.moved(ref), lock]).toEqual([signed, undefined, known]);
  });
});

describe('no answer is a yes', () => {
  const ref = parseImageRef(WEB);

  test('an exception is an image that could not be judged', async () => {
    const source = new FakeEvidence().put(WEB, signed);
    source.failure = new TypeError('cannot read properties of undefined');
    const { provenance } = await gather(source, { merged: web });
    expect(provenance.book.of(ref)).toEqual({ status: 'invalid', reason: 'cannot read properties of undefined' });
  });

  test('the evidence of another digest is none for this one', async () => {
    const name = `ghcr.io/acme/web@${aDigest('1')}`;
    const source: ImageEvidenceSource = { read: () => Promise.resolve(anImage('2', aSignature())) };
    const { provenance } = await gather(source, { merged: [aDeployment({ web: name })] });
    expect(provenance.book.of(parseImageRef(name))?.status).toBe('invalid');
  });

  test('nor is it where the Lock says which digest it is', async () => {
    const source: ImageEvidenceSource = { read: () => Promise.resolve(anImage('2', aSignature())) };
    const { provenance } = await gather(source, { merged: web, known: [locked(WEB, aDigest('1'))] });
    expect(provenance.book.of(ref)?.status).toBe('invalid');
  });

  test('where nobody is asked, the reason is said of each', async () => {
    const { provenance } = await gather(refusingEvidence('it is not asked, because of --offline'), { merged: web });
    expect(provenance.book.of(ref)).toEqual({ status: 'unreachable', reason: 'it is not asked, because of --offline' });
  });

  test('an end of the whole run is passed on', async () => {
    const stop = new AbortController();
    const source: ImageEvidenceSource = {
      read: () => {
        stop.abort(new Error('superseded'));
        return Promise.reject(new Error('socket closed'));
      },
    };
    await expect(gather(source, { merged: web, signal: stop.signal })).rejects.toThrow('superseded');
  });
});

test('a handful are asked for at once, and the answers stay apart (P-D6)', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `ghcr.io/acme/app-${index}:1`);
  let [running, most] = [0, 0];
  const source: ImageEvidenceSource = {
    async read({ ref }): Promise<ImageEvidence> {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < ref.repository.length % 5; turn += 1) await Promise.resolve();
      running -= 1;
      return { status: 'not-found', reason: ref.repository };
    },
  };
  const merged = [aDeployment(Object.fromEntries(names.map((name, index) => [`c${index}`, name])))];
  const { provenance } = await gather(source, { merged });
  expect(most).toBe(8);
  for (const name of names) {
    const ref = parseImageRef(name);
    expect(provenance.book.of(ref)).toEqual({ status: 'not-found', reason: ref.repository });
  }
});

describe('evidence of an earlier run', () => {
  const RULE = anImageRule({ signature: { anyOf: [aSignerRule()], count: 1 } });
  const ref = parseImageRef(WEB);
  const unsigned: ImageEvidence = { ...anImage('1', aProvenance()), isKept: true };

  test('is read again before it is said that a signature is missing', async () => {
    const { asked, source } = keepingEvidence(unsigned, signed);
    const { provenance, lock } = await gather(source, { merged: web, rules: [RULE] });
    expect([asked, provenance.book.of(ref), lock]).toEqual([[false, true], signed, [locked(WEB, aDigest('1'))]]);
  });

  test('also where the change takes the signature away', async () => {
    const before = 'ghcr.io/acme/web:0';
    const { source } = keepingEvidence(unsigned, signed);
    const both: ImageEvidenceSource = {
      read: (want, ...rest) =>
        want.ref.tag === '0' ? Promise.resolve(anImage('0', aSignature())) : source.read(want, ...rest),
    };
    const { provenance } = await gather(both, { base: [aDeployment({ web: before })], merged: web });
    expect(provenance.book.of(ref)).toEqual(signed);
  });

  test('is taken where nothing is said of the image', async () => {
    const kept: ImageEvidence = { ...signed, isKept: true };
    const { asked, source } = keepingEvidence(kept, signed);
    await gather(source, { merged: web, rules: [RULE] });
    expect(asked).toEqual([false]);
  });

  test('what was looked at in this run is not looked at twice', async () => {
    const { asked, source } = keepingEvidence(anImage('1', aProvenance()), signed);
    const { provenance } = await gather(source, { merged: web, rules: [RULE] });
    expect([asked, provenance.book.of(ref)?.digest]).toEqual([[false], aDigest('1')]);
  });

  test('what cannot be read again is not known to be unsigned', async () => {
    const { source } = keepingEvidence(unsigned, { status: 'unreachable', reason: 'no answer' });
    const { provenance } = await gather(source, { merged: web, rules: [RULE] });
    expect(provenance.book.of(ref)?.status).toBe('unreachable');
  });
});

describe('policies that are evaluated', () => {
  const asks = { images: ['ghcr.io/acme/extra:1', WEB, 'no reference:'], predicates: ['https://spdx.dev/Document'] };
  const answers = { of: () => [], wants: () => false, unread: [] };
  const asking = (source: ImageEvidenceSource, failed: readonly string[]) => {
    const books: (string | undefined)[] = [];
    const judge: ImagePolicies['judge'] = (book) => {
      books.push(book.of(parseImageRef(WEB))?.digest);
      return Promise.resolve({ answers, failed });
    };
    const worlds = { base: aWorld('base', []), merged: aWorld('merged', web), policy: DEFAULT_POLICY };
    const given = {
      rules: [],
      artifacts: [],
      elsewhere: [],
      now: new Date('2026-11-24T12:00:00Z'),
      policies: { asks, trust: TRUST, judge },
    };
    const trustFor = () => Promise.resolve({ trust: TRUST, warnings: [] });
    const gathered = gatherEvidence(
      { ...worlds, ...given, trustFor },
      { evidence: source, roots: NO_ROOTS, known: [] },
      calm,
    );
    return gathered.then((found) => ({ found, books }));
  };

  test('have their images looked up, with the statements that they read', async () => {
    const source = new FakeEvidence().put(WEB, signed).put('ghcr.io/acme/extra:1', signed);
    const { found } = await asking(source, []);
    expect(source.names).toEqual(['ghcr.io/acme/extra:1', WEB]);
    expect(source.asked.map(({ predicates }) => predicates)).toEqual([asks.predicates, asks.predicates]);
    expect(found.provenance.imagePolicies).toBe(answers);
  });

  test('that refuse what is kept are asked once more, when it was looked at again', async () => {
    const { asked, source } = keepingEvidence({ ...anImage('1'), isKept: true }, anImage('2', aSignature()));
    const { books } = await asking(source, [WEB]);
    expect(asked).toContain(true);
    expect(books).toEqual([aDigest('1'), aDigest('2')]);
  });
});
