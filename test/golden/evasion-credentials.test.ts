import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import { wantText } from '../../src/model/remote-want.ts';
import { credentialRule } from '../../src/pipeline/credential-rule.ts';
import { remotesOf } from '../../src/pipeline/remotes.ts';
import { validate } from '../../src/pipeline/validate.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { type Remote, RemoteError } from '../../src/ports/remote.ts';
import {
  applicationText,
  chartFiles,
  configTemplate,
  type Files,
  OWN_URL,
  withoutFolder,
} from '../builders/manifests.ts';
import { aClock } from '../fakes/clock.ts';
import { aRemote } from '../fakes/remote.ts';
import { aRepository } from '../fakes/repository.ts';

let engine: Engine;
beforeAll(() => {
  engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
});
afterAll(() => engine.close());

const POLICY = { '.presync.yaml': 'version: 1\nregistries: { credentials: [r.example/acme/**] }\n' };

function charted(chart: string, color: string): string {
  const helm = { valuesObject: { color } };
  return applicationText(chart, { repoURL: 'r.example/acme', chart, targetRevision: '1.0.0', helm });
}

/** A registry where every chart needs credentials. */
function privateCharts(mayUse: (repository: string) => true | string): Remote {
  const templates = { 'config.yaml': configTemplate('web', 'color: {{ .Values.color }}') };
  const charts = ['old', 'new'].map(
    (name) => [`oci://r.example/acme/${name}:1.0.0`, withoutFolder(chartFiles(name, templates), name)] as const,
  );
  const remote = aRemote(Object.fromEntries(charts));
  return {
    ...remote,
    resolve(want, signal) {
      const leave = mayUse(
        wantText(want)
          .replace('oci://', '')
          .replace(/:1\.0\.0$/, ''),
      );
      if (leave !== true) return Promise.reject(new RemoteError('DENIED', leave));
      return remote.resolve(want, signal);
    },
  };
}

async function outcomes(base: Files, head: Files, { isFromFork }: { readonly isFromFork: boolean }) {
  const repository = aRepository([
    { name: 'main', files: base },
    { name: 'change', files: head, parents: ['main'] },
  ]);
  const [from, to] = [await repository.resolve('main'), await repository.resolve('change')];
  const input = { base: from, head: to, baseBranch: 'main', repositoryUrls: [OWN_URL] };
  const credentials = credentialRule({ isFromFork });
  const remotes = remotesOf(privateCharts(credentials.mayUse), []);
  const ports = { repository, engine, clock: aClock('2026-11-24T00:00:00Z'), remotes, credentials };
  const { apps } = await validate(input, ports, new AbortController().signal);
  const controlled = apps.filter(({ kind }) => kind === 'Application');
  return controlled.map(({ name, outcome, reason }) => [name, outcome, reason]);
}

describe('credentials of the operator', () => {
  const base = { ...POLICY, 'argocd/old.yaml': charted('old', 'blue') };
  const head = { ...POLICY, 'argocd/old.yaml': charted('old', 'green'), 'argocd/new.yaml': charted('new', 'green') };

  test('are used for what the policy of the base lists', async () => {
    expect(await outcomes(base, head, { isFromFork: false })).toEqual([
      ['new', 'passed', ''],
      ['old', 'passed', ''],
    ]);
  });

  test('are not used for what a fork brings in, and that app is errored', async () => {
    expect(await outcomes(base, head, { isFromFork: true })).toEqual([
      ['new', 'errored', expect.stringContaining('a pull request from a fork brings it in')],
      ['old', 'passed', ''],
    ]);
  });

  test('are not used by a policy that the change brings', async () => {
    const { '.presync.yaml': _, ...without } = base;
    const found = await outcomes(without, head, { isFromFork: false });
    expect(found.map(([, outcome, reason]) => [outcome, reason])).toEqual([
      ['errored', expect.stringContaining('add r.example/acme/new to registries.credentials')],
      ['errored', expect.stringContaining('add r.example/acme/old to registries.credentials')],
    ]);
  });
});
