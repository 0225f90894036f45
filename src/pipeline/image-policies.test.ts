import { describe, expect, test } from '@jest/globals';
import { aKeySigner, aSignature, aWorkflow, evidenceOf } from '../../test/builders/believed.ts';
import { aManifest, aWorld } from '../../test/builders/manifest.ts';
import { aDeployment, aDigest, anImage, whatIsKnown } from '../../test/builders/provenance.ts';
import { anAnswer, anEngine, type FakeEngine } from '../../test/fakes/engine.ts';
import { aSigningKey } from '../../test/standin/sigstore/keys.ts';
import { parseImageRef } from '../model/image-ref.ts';
import { type JsonObject, type JsonValue, listAt, objectAt } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Trust } from '../model/provenance.ts';
import { EngineError } from '../ports/engine.ts';
import { factsOf } from './image-facts.ts';
import { imagePolicies } from './image-policies.ts';
import { joinKeys } from './policy-keys.ts';

const signal = new AbortController().signal;
const TRUST: Trust = { roots: [], keys: [], authorities: [] };
const WEB = 'ghcr.io/acme/web:1';

function policy(name = 'signed', spec: JsonObject = {}): Manifest {
  const metadata = { name, namespace: '' };
  return aManifest({ apiVersion: 'policies.kyverno.io/v1', kind: 'ImageValidatingPolicy', metadata, spec });
}

function namespace(name: string, labels: JsonObject): Manifest {
  return aManifest({ kind: 'Namespace', metadata: { name, namespace: '', labels } });
}

/** An engine that answers as it is told, first to the question and then with evidence. */
function engineWith(answers: JsonValue, asked: JsonObject = {}): FakeEngine {
  const nothing = { images: [], keys: [], predicates: [], answers: [] };
  return anEngine({
    'kyverno.images': ({ input }) =>
      Promise.resolve(
        anAnswer({ value: 'evidence' in input ? { ...nothing, answers } : { ...nothing, images: [WEB], ...asked } }),
      ),
  });
}

async function policiesOf(
  engine: FakeEngine,
  base: readonly Manifest[],
  {
    merged = [],
    judged = [aDeployment({ web: WEB })],
  }: { merged?: readonly Manifest[]; judged?: readonly Manifest[] } = {},
) {
  const worlds = [aWorld('base', judged), aWorld('merged', judged)];
  return imagePolicies({ engine, base, merged, worlds, imageFields: [] }, TRUST, signal);
}

const DENIED = { policy: 0, object: 0, verdict: 'fail', message: 'not signed', images: [WEB] };

/** The messages on the Deployment. */
async function messagesBy(answers: JsonValue): Promise<readonly string[] | undefined> {
  const policies = await policiesOf(engineWith(answers), [policy(), policy('other')]);
  const said = await policies?.judge(whatIsKnown({}).book, signal);
  return said?.answers.of(aDeployment({ web: WEB }), 'shop').map(({ message }) => message);
}

describe('policies that are evaluated', () => {
  test('are none where the base has none, and no engine is asked', async () => {
    const engine = engineWith([]);
    expect(await policiesOf(engine, [namespace('shop', {})])).toBeUndefined();
    expect(engine.requests).toEqual([]);
  });

  test('say what they want, then judge each object once', async () => {
    const engine = engineWith([DENIED], { predicates: ['https://cyclonedx.org/bom'] });
    const policies = await policiesOf(engine, [policy()]);
    expect(policies?.asks).toEqual({ images: [WEB], predicates: ['https://cyclonedx.org/bom'] });
    const book = whatIsKnown({ [WEB]: anImage('1') }).book;
    const judged = await policies?.judge(book, signal);
    const answer = { policy: 'ImageValidatingPolicy signed', mode: 'block', verdict: 'fail' };
    expect(judged?.answers.of(aDeployment({ web: WEB }), 'shop')).toEqual([
      { ...answer, message: 'not signed', images: [WEB] },
    ]);
    expect(judged?.answers.of(aDeployment({ web: WEB }), 'other')).toEqual([]);
    expect(judged?.answers.of(aDeployment({ web: 'ghcr.io/acme/web:2' }), 'shop')).toEqual([]);
    expect(judged?.failed).toEqual([WEB]);
    // The Deployment and its pod.
    expect(engine.requests.map(({ input }) => listAt(input, 'objects').length)).toEqual([2, 2]);
    expect(objectAt(engine.requests[1]?.input, 'evidence')).toMatchObject({
      [WEB]: { digest: aDigest('1'), bare: true },
    });
  });

  test.each<[string, JsonObject, JsonObject, object]>([
    ['that only audit advise', { validationActions: ['Audit', 'Warn'] }, DENIED, { mode: 'advise', verdict: 'fail' }],
    ['that deny too block', { validationActions: ['Audit', 'Deny'] }, DENIED, { mode: 'block' }],
    ['whose answer is not known say so', {}, { ...DENIED, verdict: 'unknown' }, { verdict: 'unknown' }],
    ['whose answer is none that we know have not passed', {}, { ...DENIED, verdict: 'maybe' }, { verdict: 'unknown' }],
  ])('%s', async (_, spec, answer, expected) => {
    const policies = await policiesOf(engineWith([answer]), [policy('signed', spec)]);
    const judged = await policies?.judge(whatIsKnown({}).book, signal);
    expect(judged?.answers.of(aDeployment({ web: WEB }), 'shop')).toMatchObject([expected]);
  });

  test('that pass say nothing, and want the image all the same', async () => {
    const policies = await policiesOf(engineWith([{ ...DENIED, verdict: 'pass' }]), [policy()]);
    const judged = await policies?.judge(whatIsKnown({}).book, signal);
    expect(judged?.answers.of(aDeployment({ web: WEB }), 'shop')).toEqual([]);
    expect(judged?.failed).toEqual([]);
    expect(judged?.answers.wants(parseImageRef(WEB))).toBe(true);
    expect(judged?.answers.wants(parseImageRef('ghcr.io/acme/web:2'))).toBe(false);
  });

  test('judge the pods of an object that they do not keep out themselves', async () => {
    const ofPod = (message: string) => ({ ...DENIED, object: 1, message });
    expect(await messagesBy([ofPod('pod')])).toEqual(['pod']);
    expect(await messagesBy([DENIED, ofPod('pod')])).toEqual(['not signed']);
    expect(await messagesBy([{ ...DENIED, verdict: 'pass' }, ofPod('pod')])).toEqual(['pod']);
    expect(await messagesBy([{ ...DENIED, verdict: 'unknown' }, ofPod('pod')])).toEqual(['not signed', 'pod']);
    expect(await messagesBy([{ ...DENIED, policy: 1 }, ofPod('pod')])).toEqual(['not signed', 'pod']);
  });

  test('that only report want no image for sure', async () => {
    const policies = await policiesOf(engineWith([DENIED]), [policy('signed', { validationActions: ['Audit'] })]);
    expect((await policies?.judge(whatIsKnown({}).book, signal))?.answers.wants(parseImageRef(WEB))).toBe(false);
  });

  test.each<[string, JsonObject, boolean]>([
    ['that the engine cannot evaluate are unchecked', {}, true],
    ['that only report and cannot be evaluated are unread', { validationActions: ['Audit'] }, false],
  ])('%s', async (_, spec, isUnchecked) => {
    const fault = new EngineError('limit', 'too long');
    const policies = await policiesOf(anEngine({ 'kyverno.images': () => Promise.reject(fault) }), [
      policy('it', spec),
    ]);
    const judged = await policies?.judge(whatIsKnown({}).book, signal);
    expect(judged?.answers.unread).toMatchObject([{ object: { name: 'it' }, reason: 'too long', isUnchecked }]);
  });

  test('that could not be asked what they want are unchecked, whatever they say later', async () => {
    const engine = anEngine({
      'kyverno.images': ({ input }) =>
        'evidence' in input
          ? Promise.resolve(anAnswer({ value: { answers: [{ ...DENIED, verdict: 'unknown' }] } }))
          : Promise.reject(new EngineError('limit', 'too long')),
    });
    const judged = await (await policiesOf(engine, [policy()]))?.judge(whatIsKnown({}).book, signal);
    expect(judged?.answers.unread).toMatchObject([{ reason: 'too long', isUnchecked: true }]);
  });

  test('that no API server would take are unread, once', async () => {
    const value = { images: [], keys: [], predicates: [], answers: [], broken: [{ policy: 1, message: 'no' }] };
    const engine = anEngine({ 'kyverno.images': () => Promise.resolve(anAnswer({ value })) });
    const many = Array.from({ length: 20_000 }, () => policy());
    const policies = await policiesOf(engine, [policy(), policy('it'), ...many]);
    const said = await policies?.judge(whatIsKnown({}).book, signal);
    expect(engine.requests).toHaveLength(4);
    expect(said?.answers.unread).toMatchObject([{ object: { name: 'it' }, reason: 'no', isUnchecked: false }]);
  });

  test('judge so many objects at once that each request ends in time', async () => {
    const engine = engineWith([]);
    const judged = Array.from({ length: 30 }, (_, index) =>
      aManifest({ kind: 'Pod', metadata: { name: `p${index}` } }),
    );
    await policiesOf(
      engine,
      Array.from({ length: 1000 }, (_, index) => policy(`p${index}`)),
      { judged },
    );
    expect(engine.requests.map(({ input }) => listAt(input, 'objects').length)).toEqual([20, 10]);
  });

  test('judge nothing of another cluster, nor in namespaces that Kyverno leaves out', async () => {
    const engine = engineWith([]);
    const away = { ...aDeployment({ web: WEB }), cluster: 'staging' };
    const system = aManifest({ kind: 'Pod', metadata: { namespace: 'kube-system' } });
    await policiesOf(engine, [policy()], { judged: [away, system] });
    expect(listAt(engine.requests[0]?.input, 'objects')).toEqual([]);
  });

  test('see a namespace as the base has it, and a new one as it comes', async () => {
    const engine = engineWith([]);
    const judged = ['shop', 'new', 'nowhere'].map((name) => aManifest({ kind: 'Pod', metadata: { namespace: name } }));
    const base = [policy(), namespace('shop', { team: 'web' })];
    await policiesOf(engine, base, { judged, merged: [namespace('shop', {}), namespace('new', { team: 'new' })] });
    const given = listAt(engine.requests[0]?.input, 'objects').map((one) =>
      objectAt(objectAt(objectAt(one, 'namespaceObject'), 'metadata'), 'labels'),
    );
    expect(given).toEqual([{ team: 'web' }, { team: 'new' }, {}]);
  });
});

function selecting(selector: JsonObject): JsonObject {
  return { matchConstraints: { namespaceSelector: selector } };
}

describe('a namespace that only the change brings', () => {
  const NAME = 'kubernetes.io/metadata.name';
  const judged = [aDeployment({ web: WEB })];

  test.each<[string, JsonObject, JsonObject, number]>([
    ['lacks a label that a policy selects by', selecting({ matchLabels: { checked: 'yes' } }), {}, 4],
    ['has it', selecting({ matchLabels: { checked: 'yes' } }), { checked: 'no' }, 2],
    ['has a name', selecting({ matchExpressions: [{ key: NAME, operator: 'Exists' }] }), {}, 2],
    ['is asked for nothing', {}, {}, 2],
    ['is looked at by an expression', { matchConditions: [{ expression: 'has(namespaceObject.a)' }] }, { a: 'b' }, 4],
  ])('%s', async (_, spec, labels, count) => {
    const engine = engineWith([]);
    await policiesOf(engine, [policy('signed', spec)], { judged, merged: [namespace('shop', labels)] });
    expect(listAt(engine.requests[0]?.input, 'objects')).toHaveLength(count);
    const standing = engineWith([]);
    await policiesOf(standing, [policy('signed', spec), namespace('shop', labels)], { judged });
    expect(listAt(standing.requests[0]?.input, 'objects')).toHaveLength(2);
  });

  test('is told without its labels too, and what they leave open is said of that policy unless it refuses', async () => {
    const base = [policy('signed', selecting({ matchLabels: { checked: 'yes' } })), policy('other')];
    const open = { ...DENIED, object: 2, verdict: 'unknown', message: 'not known' };
    const said = async (answers: JsonValue) => {
      const engine = engineWith(answers);
      const policies = await policiesOf(engine, base, { judged, merged: [namespace('shop', {})] });
      const known = listAt(engine.requests[0]?.input, 'objects').map((one) => 'namespaceObject' in Object(one));
      expect(known).toEqual([true, true, false, false]);
      const { answers: found } = (await policies?.judge(whatIsKnown({}).book, signal)) ?? {};
      return found?.of(aDeployment({ web: WEB }), 'shop').map(({ message }) => message);
    };
    expect(await said([open])).toEqual(['not known']);
    expect(await said([{ ...open, policy: 1 }])).toEqual([]);
    expect(await said([DENIED, open])).toEqual(['not signed']);
    expect(await said([{ ...DENIED, policy: 1 }, open])).toEqual(['not signed', 'not known']);
  });
});

describe('what the engine is told of an image', () => {
  const digest = aDigest('1');
  const told = (evidence: Parameters<typeof evidenceOf>[0], changes: Parameters<typeof evidenceOf>[1] = {}) =>
    factsOf([WEB], whatIsKnown({ [WEB]: evidenceOf(evidence, { digest, ...changes }) }).book)[WEB];
  const bundle = aSignature(aWorkflow(), { subject: digest, predicateType: 'https://sigstore.dev/cosign/sign/v1' });
  const rejected = { format: 'sigstore-bundle', place: 'x', digest, reason: 'no' } as const;

  test('who signed it, and with what', () => {
    const key = aSignature(aKeySigner('k'), { subject: digest, format: 'cosign-signature', isLogged: false });
    expect(told([key])).toMatchObject({ bundles: false, believed: [{ bundle: false, key: 'k', logged: false }] });
    expect(told([bundle])).toMatchObject({
      bundles: true,
      bare: false,
      believed: [{ bundle: true, predicateType: bundle.predicateType, subject: aWorkflow().subject, logged: true }],
    });
  });

  test('not what speaks of a platform, nor what GitHub alone keeps', () => {
    expect(told([{ ...bundle, subject: aDigest('2') }])).toMatchObject({ believed: [], bundles: false });
    expect(told([{ ...bundle, isElsewhere: true }])).toMatchObject({ believed: [], bundles: false, bare: true });
  });

  test('that something lies there which proves nothing', () => {
    expect(told([], { rejected: [{ ...rejected, fault: 'invalid' }] })).toMatchObject({
      doubt: true,
      bundles: true,
      bare: false,
    });
    expect(told([], { rejected: [{ ...rejected, fault: 'malformed' }] })).toMatchObject({
      doubt: true,
      bundles: false,
    });
    expect(told([], { notes: ['a signature of Notation'] })).toMatchObject({ doubt: false, bare: false });
    const own = aSignature({ kind: 'certificate', root: 'ca', subject: 'me' }, { subject: digest });
    expect(told([own])).toMatchObject({ doubt: true, believed: [] });
  });

  test.each([{ root: 'github' }, { root: 'TrustRoot own in production', isScoped: true as const }])(
    'nothing of a root that Kyverno is not given: $root',
    (of) => {
      const signer = { kind: 'keyless', issuer: 'https://issuer.example', subject: 'me', claims: {}, ...of } as const;
      expect(told([aSignature(signer, { subject: digest })])).toMatchObject({ doubt: true, believed: [] });
    },
  );

  test('why nothing is known', () => {
    const gone = { status: 'not-found', reason: 'gone' } as const;
    expect(factsOf([WEB, 'x:', 'y:1'], whatIsKnown({ [WEB]: gone }).book)).toEqual({
      [WEB]: { unknown: `${WEB} could not be read: gone` },
      'x:': { unknown: expect.any(String) },
      'y:1': { unknown: 'y:1 was not looked up' },
    });
  });
});

describe('keys of attestors', () => {
  const { pem } = aSigningKey();
  const wanted = (changes: JsonObject = {}) => ({ id: 'a', pem, hash: '', noLog: false, ...changes });
  const known = (changes: object = {}): Trust => ({
    ...TRUST,
    keys: [{ name: 'mine', pem, needsLog: false, ...changes }],
  });

  test('are trusted once, whatever they ask of a log', () => {
    const { trust, uses } = joinKeys(TRUST, [wanted(), wanted({ id: 'b', noLog: true })]);
    expect(trust.keys).toMatchObject([{ pem, needsLog: false }]);
    expect([...uses.values()]).toEqual([{ name: trust.keys[0]?.name }, { name: trust.keys[0]?.name }]);
  });

  test.each<[string, Trust, JsonObject, object]>([
    ['keep the name that they have', known(), {}, { name: 'mine' }],
    ['with a log that both want', known({ needsLog: true }), {}, { name: 'mine' }],
    [
      'are unknown where the log is wanted here alone',
      known({ needsLog: true }),
      { noLog: true },
      { unknown: expect.any(String) },
    ],
    [
      'are unknown where their days are counted',
      known({ validUntil: '2027-01-01T00:00:00Z' }),
      {},
      { unknown: expect.any(String) },
    ],
    ['are unknown where a log of their own is asked', known({ root: 'own' }), {}, { unknown: expect.any(String) }],
    ['are unknown with another hash', known({ hash: 'sha512' }), {}, { unknown: expect.any(String) }],
    ['are unknown with a hash that nobody has here', TRUST, { hash: 'sha224' }, { unknown: expect.any(String) }],
    ['are unknown where they are none', TRUST, { pem: 'x' }, { unknown: expect.any(String) }],
  ])('%s', (_, trust, changes, expected) => {
    const joined = joinKeys(trust, [wanted(changes)]);
    expect(joined.uses.get('a')).toEqual(expected);
    expect(joined.trust.keys).toEqual(trust.keys);
  });
});
