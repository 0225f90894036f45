import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import { readSettings, SETTING_NAMES } from '../../src/config/settings.ts';
import { type JsonObject, listAt, objectAt, textAt, valueAt } from '../../src/model/json.ts';
import { validateManifests } from '../../src/pipeline/validate-manifests.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { HERE } from '../../src/model/content.ts';
import { helm } from '../../src/render/helm.ts';
import { aClock } from '../fakes/clock.ts';
import { aTree } from '../fakes/source-tree.ts';

const CHART = join(import.meta.dirname, '..', '..', 'charts', 'presync');
const DIGEST = `sha256:${'a'.repeat(64)}`;
const INGRESS = { enabled: true, className: 'nginx', host: 'presync.example.com', tlsSecret: 'presync-tls' };
const never = new AbortController().signal;

let engine: Engine;
beforeAll(() => {
  engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
});
afterAll(() => engine.close());

async function chartFiles(): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(CHART, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [`chart/${file.slice(CHART.length + 1)}`, await readFile(file, 'utf8')] as const),
    ),
  );
}

/** As an Argo CD app with these values would render it. */
async function rendered(valuesObject: JsonObject = {}): Promise<readonly JsonObject[]> {
  const input = { releaseName: 'presync', namespace: 'presync', valuesObject };
  const request = {
    operation: helm.operation,
    mounts: [{ at: '/', tree: aTree(await chartFiles()) }],
    input: helm.input({ type: 'helm', path: 'chart', input, content: HERE }),
  };
  const { objects, uses } = await engine.run(request, never);
  expect(uses).toEqual([]);
  return objects.map(({ manifest }) => manifest);
}

function named(objects: readonly JsonObject[]): readonly string[] {
  return objects
    .map((object) => `${textAt(object, 'kind')} ${textAt(objectAt(object, 'metadata'), 'name')}`)
    .toSorted();
}

function ofKind(objects: readonly JsonObject[], kind: string): readonly JsonObject[] {
  return objects.filter((object) => textAt(object, 'kind') === kind);
}

/** What presync says of these objects by the rules of charts/presync/presync.yaml. */
async function verdictOn(objects: readonly JsonObject[], now: string) {
  const text = await readFile(join(CHART, 'presync.yaml'), 'utf8');
  const tree = aTree(Object.fromEntries(objects.map((object, index) => [`${index}.json`, JSON.stringify(object)])));
  const input = { tree, operatorPolicy: { file: 'charts/presync/presync.yaml', text } };
  return validateManifests(input, { engine, clock: aClock(now) }, never);
}

const DEFAULT_OBJECTS = [
  'Deployment presync-web',
  'Deployment presync-worker',
  'NetworkPolicy presync',
  'PodDisruptionBudget presync-web',
  'PodDisruptionBudget presync-worker',
  'Service presync',
  'ServiceAccount presync',
];

describe('the chart renders', () => {
  test('with its default values, and asks the API server for no role', async () => {
    expect(named(await rendered())).toEqual(DEFAULT_OBJECTS);
  });

  test('with an ingress that leads to the webhook and to nothing else', async () => {
    const objects = await rendered({ ingress: INGRESS });
    expect(named(objects)).toEqual([...DEFAULT_OBJECTS, 'Ingress presync'].toSorted());
    expect(ofKind(objects, 'Ingress')).toMatchObject([
      {
        spec: {
          ingressClassName: 'nginx',
          tls: [{ hosts: ['presync.example.com'], secretName: 'presync-tls' }],
          rules: [{ host: 'presync.example.com', http: { paths: [{ path: '/webhook', pathType: 'Exact' }] } }],
        },
      },
    ]);
  });

  test('with a digest behind the tag', async () => {
    const images = ofKind(await rendered({ image: { digest: DIGEST } }), 'Deployment').map((object) =>
      valueAt(object, '/spec/template/spec/containers/0/image'),
    );
    expect(new Set(images)).toEqual(new Set([`ghcr.io/presync/presync:0.0.0@${DIGEST}`]));
  });
});

describe('the schema of the values refuses', () => {
  test.each<readonly [string, JsonObject, RegExp]>([
    ['a digest that is none', { image: { digest: 'sha256:abc' } }, /image.digest|does not match pattern/],
    ['a key that the chart does not know', { imag: { digest: DIGEST } }, /imag/],
    ['a key inside a group that it does not know', { worker: { replica: 3 } }, /replica/],
    ['an API without TLS', { github: { url: 'http://github.example.com' } }, /url|does not match pattern/],
    ['pods without limits', { worker: { resources: { limits: null } } }, /limits/],
    ['a group without its key', { registries: { existingSecret: null } }, /existingSecret|registries/],
    ['no replica at all', { web: { replicas: 0 } }, /replicas|minimum/],
    ['a Redis that any pod could be', { redis: { podSelector: null } }, /podSelector|redis/],
    ['an ingress without a host', { ingress: { enabled: true } }, /host/],
  ])('%s', async (_, values, words) => {
    const thrown = await rendered(values).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ message: expect.stringMatching(words) });
  });
});

describe('the pods', () => {
  test.each(['presync-web', 'presync-worker'])('of %s hold no right that they do not need', async (name) => {
    const found = (await rendered()).find((object) => named([object])[0] === `Deployment ${name}`);
    const pod = objectAt(objectAt(objectAt(found, 'spec'), 'template'), 'spec');
    expect(pod).toMatchObject({
      serviceAccountName: 'presync',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: {
            requests: { cpu: expect.any(String), memory: expect.any(String) },
            limits: { memory: expect.any(String) },
          },
          startupProbe: { httpGet: { path: '/healthz', port: 'http' } },
          livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
          readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
        },
      ],
    });
    expect(pod).not.toHaveProperty('hostNetwork');
    expect(pod).not.toHaveProperty('hostPID');
    expect(listAt(pod, 'containers')).toHaveLength(1);
    const sources = listAt(pod, 'volumes').map((volume) => Object.keys(volume as JsonObject).toSorted());
    expect(sources).toEqual([
      ['emptyDir', 'name'],
      ['emptyDir', 'name'],
      ['name', 'secret'],
    ]);
  });

  test('of workers alone are given the credentials of registries, where there are some', async () => {
    const objects = ofKind(await rendered({ registries: { existingSecret: 'pull' } }), 'Deployment');
    const given = objects.map((deployment) => {
      const pod = objectAt(objectAt(objectAt(deployment, 'spec'), 'template'), 'spec');
      return [
        textAt(objectAt(deployment, 'metadata'), 'name'),
        listAt(pod, 'volumes').map((volume) => textAt(objectAt(volume, 'secret'), 'secretName')),
        listAt(objectAt({ it: listAt(pod, 'containers')[0] ?? {} }, 'it'), 'env')
          .filter((variable) => textAt(variable, 'name').startsWith('PRESYNC_REGISTRY'))
          .map((variable) => textAt(variable, 'value')),
      ];
    });
    expect(given).toEqual([
      ['presync-web', ['', '', 'presync-github'], []],
      ['presync-worker', ['', '', 'presync-github', 'pull'], ['/run/secrets/registries/config.json']],
    ]);
  });

  test('are given more time to end than the service takes', async () => {
    const source = await readFile(join(import.meta.dirname, '..', '..', 'src', 'commands', 'service.ts'), 'utf8');
    const drainMs = Number(/DRAIN_MS = ([\d_]+)/.exec(source)?.[1]?.replaceAll('_', ''));
    for (const object of ofKind(await rendered(), 'Deployment')) {
      const seconds = Number(valueAt(object, '/spec/template/spec/terminationGracePeriodSeconds'));
      expect(seconds * 1_000).toBeGreaterThan(drainMs);
    }
  });

  test('have a budget each, which selects them', async () => {
    const objects = await rendered();
    const budgets = ofKind(objects, 'PodDisruptionBudget');
    const pods = ofKind(objects, 'Deployment');
    expect(budgets.map((budget) => valueAt(budget, '/spec/selector'))).toEqual(
      pods.map((deployment) => valueAt(deployment, '/spec/selector')),
    );
    expect(budgets.map((budget) => valueAt(budget, '/spec/maxUnavailable'))).toEqual([1, 1]);
  });

  test('are reached by the Service under the labels that they have', async () => {
    const objects = await rendered();
    const selectors = ofKind(objects, 'Service').map((service) => valueAt(service, '/spec/selector'));
    const web = objects.find((object) => named([object])[0] === 'Deployment presync-web');
    expect(objectAt(valueAt(web ?? {}, '/spec/template/metadata'), 'labels')).toMatchObject(selectors[0] as JsonObject);
  });
});

describe('the network policy', () => {
  test('denies what comes in, and lets out to DNS, Redis and public addresses only', async () => {
    const [policy] = ofKind(await rendered(), 'NetworkPolicy');
    expect(policy).toMatchObject({
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'presync', 'app.kubernetes.io/instance': 'presync' } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [],
        egress: [
          { to: [{ podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }], ports: [{ port: 53 }, { port: 53 }] },
          { to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'redis' } } }], ports: [{ port: 6379 }] },
          { to: [{ ipBlock: { except: expect.arrayContaining(['169.254.0.0/16']) } }], ports: [{ port: 443 }] },
        ],
      },
    });
  });

  test('lets in the namespace of the ingress controller where there is an ingress', async () => {
    const [policy] = ofKind(await rendered({ ingress: INGRESS }), 'NetworkPolicy');
    const namespace = { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } };
    expect(valueAt(policy ?? {}, '/spec/ingress')).toMatchObject([
      { from: [{ namespaceSelector: namespace }], ports: [{ port: 'http' }] },
    ]);
  });
});

describe('the environment of the container', () => {
  const SECRETS: Readonly<Record<string, string>> = {
    appId: '1',
    privateKey: '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n',
    webhookSecret: 'a webhook secret',
    url: 'rediss://:password@redis:6379',
  };

  /** The variables as the kubelet would set them, and the files that it would mount. */
  function kubelet(deployment: JsonObject) {
    const pod = objectAt(objectAt(objectAt(deployment, 'spec'), 'template'), 'spec');
    const [container] = listAt(pod, 'containers');
    const environment = listAt(container, 'env').map((variable) => {
      const key = textAt(objectAt(objectAt(variable, 'valueFrom'), 'secretKeyRef'), 'key');
      return [textAt(variable, 'name'), key === '' ? textAt(variable, 'value') : SECRETS[key]] as const;
    });
    const files = listAt(pod, 'volumes').flatMap((volume) =>
      listAt(objectAt(volume, 'secret'), 'items').map((item) => {
        const mount = listAt(container, 'volumeMounts').find((one) => textAt(one, 'name') === textAt(volume, 'name'));
        return [join(textAt(mount, 'mountPath'), textAt(item, 'path')), SECRETS[textAt(item, 'key')]] as const;
      }),
    );
    return { environment: Object.fromEntries(environment), files: new Map(files), container };
  }

  test('is what the settings take, with every secret from the Secret', async () => {
    for (const deployment of ofKind(await rendered(), 'Deployment')) {
      const { environment, files } = kubelet(deployment);
      const settings = readSettings(environment, (path) => {
        const text = files.get(path);
        if (text === undefined) throw new Error(`${path} is not mounted`);
        return text;
      });
      expect(Object.keys(environment).filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
      expect(settings).toMatchObject({
        appId: 1,
        privateKey: SECRETS['privateKey'],
        webhookSecret: SECRETS['webhookSecret'],
        githubUrl: 'https://api.github.com',
        redisUrl: SECRETS['url'],
        port: 3_000,
        allowUnsandboxed: false,
      });
    }
  });

  test('names a state folder that is mounted, and the port that is opened', async () => {
    for (const deployment of ofKind(await rendered(), 'Deployment')) {
      const { environment, container } = kubelet(deployment);
      const mounts = listAt(container, 'volumeMounts').map((mount) => textAt(mount, 'mountPath'));
      expect(mounts).toContain(environment['PRESYNC_STATE_DIR']);
      expect(listAt(container, 'ports')).toMatchObject([{ containerPort: Number(environment['PORT']) }]);
    }
  });

  test.each([
    ['presync-web', 'serve'],
    ['presync-worker', 'work'],
  ])('of %s comes with the command %s', async (name, command) => {
    const found = (await rendered()).find((object) => named([object])[0] === `Deployment ${name}`);
    expect(valueAt(found ?? {}, '/spec/template/spec/containers/0/args')).toEqual([command]);
  });
});

describe('presync on its own chart', () => {
  test.each<readonly [string, JsonObject]>([
    ['with default values', {}],
    ['with an ingress', { ingress: INGRESS }],
  ])('%s: nothing blocks, and the tag is accepted by a waiver for each Deployment', async (_, values) => {
    const verdict = await verdictOn(await rendered(values), '2026-11-24T00:00:00Z');
    expect(verdict.conclusion).toBe('passed');
    const found = verdict.findings.filter(({ rule }) => !rule.startsWith('discover/'));
    expect(found.map(({ rule, object, blocking }) => [rule, object?.name, blocking])).toEqual([
      ['images/digest', 'presync-web', false],
      ['images/digest', 'presync-worker', false],
    ]);
    for (const { waivedBy } of found) expect(waivedBy).toContain('2027-06-30');
  });

  test('with a digest there is nothing to accept', async () => {
    const verdict = await verdictOn(await rendered({ image: { digest: DIGEST } }), '2027-07-01T00:00:00Z');
    expect(verdict.conclusion).toBe('passed');
    expect(verdict.findings.filter(({ rule }) => !rule.startsWith('discover/'))).toEqual([]);
  });

  test('the day after the waivers end, the tag blocks', async () => {
    const verdict = await verdictOn(await rendered(), '2027-07-01T00:00:00Z');
    expect(verdict.conclusion).toBe('failed');
    expect(verdict.findings.filter(({ blocking }) => blocking).map(({ rule }) => rule)).toEqual([
      'images/digest',
      'images/digest',
    ]);
  });
});
