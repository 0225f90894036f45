import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../src/model/verdict.ts';
import { aTgz } from '../builders/archive.ts';
import { type AGitRepository, aFolder, aGitRepository } from '../builders/git-repository.ts';
import { applicationText, configTemplate, fluxText, type Files, OWN_URL, releaseText } from '../builders/manifests.ts';
import { aGitServer, type GitServer } from '../standin/git-server.ts';
import { aRegistry, type RegistryStandIn } from '../standin/registry/registry.ts';
import { aServer, type LoopbackServer } from '../standin/server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TIMEOUT_MS = 60_000;

const TEMPLATE = configTemplate('{{ .Release.Name }}', 'color: {{ .Values.color }}', 'version: {{ .Chart.Version }}');
const CHART = aTgz({
  'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.4.0\n',
  'web/values.yaml': 'color: none\n',
  'web/templates/config.yaml': TEMPLATE,
});
const CHART_LAYER = { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: CHART };
const INDEX = JSON.stringify({
  apiVersion: 'v1',
  entries: {
    web: [
      { name: 'web', version: '2.0.0', urls: ['web-2.0.0.tgz'] },
      { name: 'web', version: '1.4.0', urls: ['web-1.4.0.tgz'] },
    ],
  },
});

interface World {
  readonly bases: AGitRepository;
  readonly git: GitServer;
  readonly charts: LoopbackServer;
  readonly registry: RegistryStandIn;
  readonly clusters: AGitRepository;
  /** Where the command line keeps what it fetched. */
  readonly cache: string;
  /** The servers, as an operator names them. */
  readonly hosts: readonly string[];
  /** Stops the servers. */
  close(): Promise<void>;
}

const cleanUp: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const release of cleanUp.splice(0).toReversed()) await release();
});

function basesRepository(): AGitRepository {
  const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: base }\ndata: { from: git }\n';
  const files = { 'base/kustomization.yaml': 'resources: [config.yaml]\n', 'base/config.yaml': config };
  const bases = aGitRepository([{ name: 'main', files }]);
  bases.git('tag', 'v1', bases.ids['main'] ?? '');
  return bases;
}

async function aWorld(): Promise<World> {
  const bases = basesRepository();
  const git = await aGitServer(bases.folder);
  const files = new Map<string, Uint8Array | string>([
    ['/stable/index.yaml', INDEX],
    ['/stable/web-1.4.0.tgz', CHART],
  ]);
  const charts = await aServer((request, response) => {
    const found = files.get(request.url ?? '');
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  const registry = await aRegistry();
  registry.push('charts/web', '1.4.0', [CHART_LAYER]);
  const addresses = { git: git.url, charts: `${charts.origin}/stable`, registry: `${registry.host}/charts` };
  const clusters = aGitRepository([
    { name: 'main', files: appsOf(addresses, 'blue') },
    { name: 'change', parents: ['main'], files: appsOf(addresses, 'green') },
  ]);
  const cache = aFolder();
  const servers = [git, charts, registry];
  const close = async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  };
  cleanUp.push(bases.remove, clusters.remove, close, () => rmSync(cache, { recursive: true, force: true }));
  return { bases, git, charts, registry, clusters, cache, close, hosts: servers.map(({ origin }) => origin) };
}

/** One app for each kind of content, each of which takes the color. */
function appsOf(
  at: { readonly git: string; readonly charts: string; readonly registry: string },
  color: string,
): Files {
  const helm = { valuesObject: { color } };
  const sourceRef = { kind: 'HelmRepository', name: 'stable' };
  return {
    'argocd/based.yaml': applicationText('based', { path: 'based' }),
    'based/kustomization.yaml': `resources: ["${at.git}//base?ref=v1"]\nnamePrefix: ${color}-\n`,
    'argocd/charted.yaml': applicationText('charted', {
      repoURL: at.charts,
      chart: 'web',
      targetRevision: '^1.0.0',
      helm,
    }),
    'argocd/pulled.yaml': applicationText('pulled', {
      repoURL: at.registry,
      chart: 'web',
      targetRevision: '1.4.0',
      helm,
    }),
    'clusters/production/released.yaml': [
      fluxText('source.toolkit.fluxcd.io/v1', 'HelmRepository', 'stable', { url: at.charts }),
      releaseText('released', { chart: { spec: { chart: 'web', version: '1.x', sourceRef } }, values: { color } }),
    ].join('---\n'),
  };
}

interface Told {
  readonly privateHosts?: readonly string[];
  readonly more?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** The program itself; what it ends with, its verdict, and how many connections it opened. */
async function presync(world: World, { privateHosts = world.hosts, more = [], environment = {} }: Told = {}) {
  const refs = ['--repo', world.clusters.folder, '--base', 'main', '--head', 'change', '--repo-url', OWN_URL];
  const args = [join(ROOT, 'src', 'main.ts'), 'check', '--format', 'json', ...refs, ...more];
  const env = {
    PATH: process.env['PATH'],
    XDG_CACHE_HOME: world.cache,
    PRESYNC_PRIVATE_HOSTS: privateHosts.join(','),
    ...environment,
  };
  const before = connections(world);
  return new Promise<Ended>((resolve) => {
    execFile(process.execPath, args, { env, timeout: TIMEOUT_MS }, (error, stdout) => {
      const status = error === null ? 0 : Number(error.code ?? -1);
      resolve({ status, verdict: JSON.parse(stdout) as Verdict, opened: connections(world) - before });
    });
  });
}

interface Ended {
  readonly status: number;
  readonly verdict: Verdict;
  readonly opened: number;
}

function connections({ git, charts, registry }: World): number {
  return [git, charts, registry].reduce((sum, server) => sum + server.connections(), 0);
}

function outcomes({ apps }: Verdict) {
  const wanted = apps.filter(({ kind }) => kind === 'Application' || kind === 'HelmRelease');
  return wanted.map(({ name, outcome, reason }) => [name, outcome, reason]);
}

function changes(verdict: Verdict) {
  return verdict.changes
    .filter(({ object }) => object.kind === 'ConfigMap')
    .map(({ change, object, differences }) => [
      change,
      object.name,
      ...differences.map(({ pointer, before, after }) => [pointer, before, after]),
    ]);
}

/** Every app with content from elsewhere is errored, and its sentence has this part. */
function allErrored(part: string) {
  return ['based', 'charted', 'pulled', 'released'].map((name) => [name, 'errored', expect.stringContaining(part)]);
}

describe('content from elsewhere, by the command line', () => {
  test(
    'is refused on private addresses that the operator has not named, without a connection (A4, A20)',
    async () => {
      const { status, verdict, opened } = await presync(await aWorld(), { privateHosts: [] });
      expect([status, verdict.conclusion, verdict.lock, opened]).toEqual([2, 'errored', [], 0]);
      expect(outcomes(verdict)).toEqual(allErrored('127.0.0.1'));
    },
    TIMEOUT_MS,
  );

  test(
    'is rendered, compared and locked where the operator has named them',
    async () => {
      const world = await aWorld();
      const { git, charts, registry, bases } = world;
      const { status, verdict } = await presync(world);
      expect(outcomes(verdict)).toEqual(['based', 'charted', 'pulled', 'released'].map((name) => [name, 'passed', '']));
      expect([status, verdict.conclusion]).toEqual([0, 'passed']);
      const recolored = ['/data/color', 'blue', 'green'];
      expect(changes(verdict)).toEqual([
        ['removed', 'blue-base'],
        ['added', 'green-base'],
        ['changed', 'charted', recolored],
        ['changed', 'pulled', recolored],
        ['changed', 'released', recolored],
      ]);
      const digest = expect.stringMatching(/^(sha256:)?[0-9a-f]{40,64}$/);
      const chart = { resolved: expect.stringMatching(/^1\.4\.0@sha256:/), digest };
      const stable = `${charts.origin}/stable web`;
      expect(verdict.lock).toEqual([
        { kind: 'git', ref: `${git.url}@v1`, resolved: bases.ids['main'], digest },
        { kind: 'helm', ref: `${stable} 1.x`, ...chart },
        { kind: 'helm', ref: `${stable} ^1.0.0`, ...chart },
        {
          kind: 'oci',
          ref: `oci://${registry.host}/charts/web:1.4.0 (chart)`,
          resolved: expect.stringMatching(/^sha256:/),
          digest,
        },
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    'is not fetched with --offline, also where it is kept, and that is said of each app',
    async () => {
      const world = await aWorld();
      await presync(world);
      const { status, verdict, opened } = await presync(world, { more: ['--offline'] });
      expect([status, verdict.conclusion, verdict.lock, opened]).toEqual([2, 'errored', [], 0]);
      expect(outcomes(verdict)).toEqual(allErrored('because of --offline'));
    },
    TIMEOUT_MS,
  );

  test(
    'that cannot be resolved any more is errored, whatever is kept of it',
    async () => {
      const world = await aWorld();
      await presync(world);
      await world.close();
      const { status, verdict } = await presync(world);
      expect([status, verdict.conclusion, verdict.lock]).toEqual([2, 'errored', []]);
      expect(outcomes(verdict)).toEqual(allErrored('127.0.0.1'));
    },
    TIMEOUT_MS,
  );

  test(
    'is read with credentials where the policy lists the repository, and says so where it does not',
    async () => {
      const world = await aWorld();
      const { registry, cache } = world;
      const auth = Buffer.from('bot:canary-0123').toString('base64');
      registry.demands = { scheme: 'Basic', realm: 'x', accepts: `Basic ${auth}` };
      const config = join(cache, 'rules.yaml');
      const dockerConfig = join(cache, 'docker');
      mkdirSync(dockerConfig);
      writeFileSync(join(dockerConfig, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
      const pulled = async (credentials: readonly string[], environment: Readonly<Record<string, string>>) => {
        writeFileSync(config, JSON.stringify({ version: 1, registries: { credentials } }));
        const { verdict } = await presync(world, { more: ['--config', config], environment });
        expect(JSON.stringify(verdict)).not.toContain('canary');
        return outcomes(verdict).find(([name]) => name === 'pulled');
      };
      const listed = [`${registry.host}/charts/*`];
      const file = { DOCKER_CONFIG: dockerConfig };
      expect(await pulled([], file)).toEqual(['pulled', 'errored', expect.stringContaining('registries.credentials')]);
      expect(JSON.stringify(registry.seen)).not.toContain(auth);
      expect(await pulled(listed, file)).toEqual(['pulled', 'passed', '']);
      expect(await pulled(listed, {})).toEqual(['pulled', 'errored', expect.stringContaining('credentials for it')]);
    },
    TIMEOUT_MS,
  );
});
