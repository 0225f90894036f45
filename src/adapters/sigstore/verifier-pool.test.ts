import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import { aClock } from '../../../test/fakes/clock.ts';
import { aToolRunner, type FakeProgram } from '../../../test/fakes/tool-runner.ts';
import { attachmentOf, cosignSignature } from '../../../test/standin/sigstore/attachments.ts';
import { messageBundle, statementBundle } from '../../../test/standin/sigstore/bundles.ts';
import { aPerson, aWorkflow } from '../../../test/standin/sigstore/identity.ts';
import { aSignStatement } from '../../../test/standin/sigstore/statements.ts';
import { signingWorld } from '../../../test/standin/sigstore/world.ts';
import type { Trust } from '../../model/provenance.ts';
import { isBelieved, type VerifyWant } from '../../ports/signature-verifier.ts';
import { toolRunner } from '../process/tool-runner.ts';
import { signatureVerifier, type VerifierOptions } from './verifier-pool.ts';

const world = signingWorld();
const trust: Trust = { roots: [world.trustedRoot], keys: [], authorities: [] };
const by = { identity: aWorkflow({ repository: 'acme/shop' }) };
const signal = new AbortController().signal;
const clock = aClock('2026-06-01T00:00:00Z');

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function wantFor(image: string): VerifyWant {
  const made = statementBundle(world, { by, statement: aSignStatement(image) });
  return { subjects: [image], attachment: attachmentOf(made, image) };
}

describe('in real processes', () => {
  const verifier = signatureVerifier({ runner: toolRunner(), clock, processes: 2 });
  afterAll(() => verifier.close());

  test('what is whole is believed, what is not is rejected with its reason', async () => {
    const image = digestOf('image');
    expect(await verifier.verify(wantFor(image), trust, signal)).toMatchObject({
      subject: image,
      role: 'signature',
      signer: { kind: 'keyless', root: 'standin', claims: { sourceRepositoryUri: 'https://github.com/acme/shop' } },
    });
    const other = { ...wantFor(digestOf('other')), subjects: [image] };
    expect(await verifier.verify(other, trust, signal)).toMatchObject({ fault: 'mismatch' });
  });

  test('bytes of the image reach the process', async () => {
    const artifact = Buffer.from('{"schemaVersion":2}');
    const image = digestOf(artifact.toString());
    const attachment = attachmentOf(messageBundle(world, { by, artifact }), image);
    expect(
      await verifier.verify({ subjects: [image], attachment, artifacts: [artifact] }, trust, signal),
    ).toMatchObject({ subject: image });
    expect(await verifier.verify({ subjects: [image], attachment }, trust, signal)).toMatchObject({ fault: 'invalid' });
  });

  test('another trust does not inherit the one before', async () => {
    const want = wantFor(digestOf('image'));
    const nobody: Trust = { roots: [], keys: [], authorities: [] };
    const answers = await Promise.all(
      [trust, nobody, trust, nobody].map((each) => verifier.verify(want, each, signal)),
    );
    expect(answers.map(isBelieved)).toEqual([true, false, true, false]);
  });

  test('P-D6: two images at once, a thousand rounds, are never taken for each other', async () => {
    const images = ['one', 'two'].map((name) => {
      const image = digestOf(name);
      const made = cosignSignature(world, { by: { identity: aPerson(`${name}@acme.example`) }, subject: image });
      return { image, name, want: { subjects: [image], attachment: attachmentOf(made, image) } };
    });
    const rounds = Array.from({ length: 1000 }, (_, round) => images[round % 2]).filter((one) => one !== undefined);
    const answers = await Promise.all(rounds.map(({ want }) => verifier.verify(want, trust, signal)));
    const seen = answers.map((answer) =>
      isBelieved(answer) && answer.signer.kind === 'keyless' ? [answer.subject, answer.signer.subject] : [],
    );
    expect(seen).toEqual(rounds.map(({ image, name }) => [image, `${name}@acme.example`]));
  }, 120_000);

  test('a process that is ended takes one attachment with it, and the next one is verified', async () => {
    const dying = signatureVerifier({
      runner: toolRunner(),
      clock,
      processes: 1,
      limits: { attachmentMs: 60_000, answerBytes: 300 },
    });
    const image = digestOf('image');
    try {
      expect(await dying.verify(wantFor(image), trust, signal)).toMatchObject({
        fault: 'invalid',
        reason: expect.stringContaining('ended'),
      });
      const short = { ...wantFor(digestOf('other')), subjects: [image] };
      expect(
        await dying.verify(
          { ...short, attachment: { ...short.attachment, content: Buffer.from('{}') } },
          trust,
          signal,
        ),
      ).toMatchObject({ fault: 'malformed' });
    } finally {
      await dying.close();
    }
  });

  test('a program that cannot be started is a reason, not an answer', async () => {
    const program = { program: process.execPath, args: ['/nowhere.mjs'] };
    const broken = signatureVerifier({ runner: toolRunner(), clock, program });
    expect(await broken.verify(wantFor(digestOf('image')), trust, signal)).toMatchObject({
      fault: 'invalid',
      reason: expect.stringContaining('could be started'),
    });
    await broken.close();
  });
});

type Answers = (request: { readonly id: number; readonly want: VerifyWant }) => string | undefined;

/** A child that answers as it is told; undefined: never. */
function speaking(answers: Answers, greeting = '{"ready":1}\n'): FakeProgram {
  return {
    greeting,
    hear(line, { say, end }) {
      const request = JSON.parse(line) as Record<string, unknown>;
      if ('trust' in request) return;
      const answer = answers(request as never);
      if (answer === 'die') end(1);
      else if (answer !== undefined) say(`${answer}\n`);
    },
  };
}

function verifierOn(program: () => FakeProgram, more: Partial<VerifierOptions> = {}) {
  const runner = aToolRunner(program);
  return { runner, verifier: signatureVerifier({ runner, clock, processes: 1, ...more }) };
}

const WANT = wantFor(digestOf('image'));
const { format, place, digest } = WANT.attachment;
const BELIEVED = {
  format,
  place,
  digest,
  subject: WANT.subjects[0],
  role: 'signature',
  isLogged: true,
  signer: { kind: 'key', name: 'k', fingerprint: 'sha256:1' },
};
const REJECTED = { format, place, digest, fault: 'invalid', reason: 'no' };

describe('a process that does not do as it should', () => {
  const FORGED: Readonly<Record<string, (id: number) => unknown>> = {
    'another id': (id) => ({ id: id + 1, answer: BELIEVED }),
    'another attachment': (id) => ({ id, answer: { ...BELIEVED, digest: 'sha256:2' } }),
    'another place': (id) => ({ id, answer: { ...BELIEVED, place: 'elsewhere' } }),
    'another format': (id) => ({ id, answer: { ...BELIEVED, format: 'x' } }),
    'a subject that nobody asked for': (id) => ({ id, answer: { ...BELIEVED, subject: 'sha256:2' } }),
    'no signer': (id) => ({ id, answer: { ...BELIEVED, signer: {} } }),
    'no role': (id) => ({ id, answer: { ...BELIEVED, role: 'friend' } }),
    'a no with a signer': (id) => ({ id, answer: { ...REJECTED, signer: BELIEVED.signer } }),
    'a no for want of something that is no name': (id) => ({ id, answer: { ...REJECTED, needs: 1 } }),
    'no word on logs': (id) => ({ id, answer: { ...BELIEVED, isLogged: 'yes' } }),
    'no answer': (id) => ({ id }),
    'no JSON': () => undefined,
  };

  test.each(Object.entries(FORGED))('it is not believed: %s', async (_, forge) => {
    const { runner, verifier } = verifierOn(() => speaking(({ id }) => JSON.stringify(forge(id)) ?? 'x'));
    expect(await verifier.verify(WANT, trust, signal)).toEqual({
      ...REJECTED,
      reason: 'the process that verified it ended, or answered something else',
    });
    await verifier.verify(WANT, trust, signal);
    expect(runner.held).toHaveLength(2);
  });

  test('what it should say is taken', async () => {
    const { runner, verifier } = verifierOn(() => speaking(({ id }) => JSON.stringify({ id, answer: BELIEVED })));
    expect(await verifier.verify(WANT, trust, signal)).toEqual(BELIEVED);
    await verifier.verify(WANT, trust, signal);
    expect(runner.held).toHaveLength(1);
  });

  test('it is started before it is asked for where it will be, once, and answers then', async () => {
    const { runner, verifier } = verifierOn(() => speaking(({ id }) => JSON.stringify({ id, answer: BELIEVED })), {
      processes: 2,
    });
    verifier.prepare();
    verifier.prepare();
    await Promise.resolve();
    expect(runner.held).toHaveLength(1);
    expect(await verifier.verify(WANT, trust, signal)).toEqual(BELIEVED);
    verifier.prepare();
    await verifier.verify(WANT, trust, signal);
    expect(runner.held).toHaveLength(1);
  });

  test('it cannot be prepared: whoever asks is told, after another try', async () => {
    const programs = [speaking(() => undefined, '{"ready":2}\n'), speaking(() => undefined, '{"ready":3}\n')];
    const { runner, verifier } = verifierOn(() => programs.shift() ?? speaking(() => 'die'));
    verifier.prepare();
    expect(await verifier.verify(WANT, trust, signal)).toMatchObject({
      reason: 'no process that verifies could be started: last words',
    });
    expect(runner.held).toHaveLength(2);
  });

  test('it is not prepared any more once presync stops', async () => {
    const { runner, verifier } = verifierOn(() => speaking(() => undefined));
    verifier.prepare();
    await verifier.close();
    expect(await verifier.verify(WANT, trust, signal)).toMatchObject({ reason: expect.stringContaining('stopping') });
    expect(runner.held).toEqual([]);
  });

  test('it hangs: its attachment is rejected, and another process takes the next', async () => {
    const programs = [speaking(() => undefined), speaking(({ id }) => JSON.stringify({ id, answer: BELIEVED }))];
    const { verifier } = verifierOn(() => programs.shift() ?? speaking(() => 'die'), { limits: { attachmentMs: 1 } });
    expect(await verifier.verify(WANT, trust, signal)).toEqual({
      ...REJECTED,
      reason: 'it could not be verified within 1 ms',
    });
    expect(await verifier.verify(WANT, trust, signal)).toEqual(BELIEVED);
  });

  test('it dies: so', async () => {
    const programs = [speaking(() => 'die'), speaking(({ id }) => JSON.stringify({ id, answer: BELIEVED }))];
    const { verifier } = verifierOn(() => programs.shift() ?? speaking(() => 'die'));
    const answers = await Promise.all([1, 2].map(() => verifier.verify(WANT, trust, signal)));
    expect(answers).toEqual([expect.objectContaining({ fault: 'invalid' }), BELIEVED]);
  });

  test('it greets otherwise, or never', async () => {
    const other = verifierOn(() => speaking(() => undefined, '{"ready":2}\n'));
    expect(await other.verifier.verify(WANT, trust, signal)).toMatchObject({
      reason: 'no process that verifies could be started: last words',
    });
    const never = verifierOn(() => speaking(() => undefined, ''), { limits: { startMs: 1 } });
    expect(await never.verifier.verify(WANT, trust, signal)).toMatchObject({
      reason: 'no process that verifies could be started: it was not ready within 1 ms',
    });
  });

  test('it hands on a statement that nobody asked for', async () => {
    const predicateType = 'https://spdx.dev/Document';
    const answer = { ...BELIEVED, predicateType, statement: {} };
    const { verifier } = verifierOn(() => speaking(({ id }) => JSON.stringify({ id, answer })));
    expect(isBelieved(await verifier.verify({ ...WANT, predicates: [predicateType] }, trust, signal))).toBe(true);
    expect(isBelieved(await verifier.verify({ ...WANT, predicates: ['other'] }, trust, signal))).toBe(false);
    expect(isBelieved(await verifier.verify(WANT, trust, signal))).toBe(false);
  });

  test('it says too much', async () => {
    const limits = { answerBytes: 5000 };
    const long = (size: number) =>
      verifierOn(() => speaking(({ id }) => JSON.stringify({ id, answer: { ...BELIEVED, more: 'x'.repeat(size) } })), {
        limits,
      });
    expect(isBelieved(await long(1000).verifier.verify(WANT, trust, signal))).toBe(true);
    expect(isBelieved(await long(5000).verifier.verify(WANT, trust, signal))).toBe(false);
  });

  test('it says too much and never ends its line', async () => {
    const endless: FakeProgram = {
      greeting: '{"ready":1}\n',
      hear: (line, { say }) => (line.startsWith('{"id"') ? say('x'.repeat(6000)) : undefined),
    };
    const { verifier } = verifierOn(() => endless, { limits: { answerBytes: 5000, attachmentMs: 60_000 } });
    expect(await verifier.verify(WANT, trust, signal)).toMatchObject({
      reason: expect.stringContaining('answered something else'),
    });
  });
});

function good(): FakeProgram {
  return speaking(({ id, want }) =>
    JSON.stringify({ id, answer: { ...BELIEVED, ...want.attachment, content: undefined } }),
  );
}

describe('the pool', () => {
  test('P-E2: what is too large reaches no process', async () => {
    const { runner, verifier } = verifierOn(good, { limits: { attachmentBytes: 100 } });
    expect(await verifier.verify(WANT, trust, signal)).toMatchObject({
      fault: 'invalid',
      reason: 'it is larger than 100 bytes',
    });
    expect(runner.held).toHaveLength(0);
  });

  test.each([
    [3, 1],
    [40, 2],
  ])('%i attachments at once need %i processes of 2', async (count, processes) => {
    const { runner, verifier } = verifierOn(good, { processes: 2 });
    const answers = await Promise.all(Array.from({ length: count }, () => verifier.verify(WANT, trust, signal)));
    expect(answers.every(isBelieved)).toBe(true);
    expect(runner.held).toHaveLength(processes);
  });

  test('trust is told once to a process', async () => {
    const told: string[] = [];
    const program = good();
    const { verifier } = verifierOn(() => ({
      ...program,
      hear: (line, voice) => {
        if (line.startsWith('{"trust"')) told.push(line);
        program.hear(line, voice);
      },
    }));
    for (const each of [trust, trust, { ...trust, roots: [] }, trust]) await verifier.verify(WANT, each, signal);
    expect(told).toHaveLength(3);
  });

  test('whoever no longer waits is told at once, and the process is free afterwards', async () => {
    const pending: (() => void)[] = [];
    const { verifier } = verifierOn(() => ({
      greeting: '{"ready":1}\n',
      hear(line, { say }) {
        const { id } = JSON.parse(line) as { readonly id?: number };
        if (id !== undefined) pending.push(() => say(`${JSON.stringify({ id, answer: BELIEVED })}\n`));
      },
    }));
    const stop = new AbortController();
    const first = verifier.verify(WANT, trust, stop.signal);
    const second = verifier.verify(WANT, trust, signal);
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    while (pending.length === 0) await new Promise((resolve) => setImmediate(resolve));
    pending.shift()?.();
    while (pending.length === 0) await new Promise((resolve) => setImmediate(resolve));
    pending.shift()?.();
    expect(await second).toEqual(BELIEVED);
    await expect(verifier.verify(WANT, trust, stop.signal)).rejects.toThrow('enough');
  });

  test('after its end nothing is believed', async () => {
    const { verifier } = verifierOn(good);
    await verifier.close();
    expect(await verifier.verify(WANT, trust, signal)).toMatchObject({
      fault: 'invalid',
      reason: expect.stringContaining('stopping'),
    });
  });
});
