import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from './json.ts';
import { valueAt } from './json.ts';
import { aManifest } from '../../test/builders/manifest.ts';
import { imageText } from './image-ref.ts';
import { imagesIn } from './image-places.ts';
import type { ImageFields } from './policy.ts';

const POD = { containers: [{ name: 'web', image: 'acme/web:1' }] };
const TEMPLATE = { template: { spec: POD } };
const WEB = '/spec/template/spec/containers/0/image';

const A = { image: 'a' };

/** Where images are found, and what stands there. */
function found(object: JsonObject, more: readonly ImageFields[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(imagesIn(aManifest(object), more).map(({ pointer, text }) => [pointer, text]));
}

describe('P-G2: an image is found', () => {
  test.each<[string, JsonObject, string]>([
    ['Pod', { kind: 'Pod', spec: POD }, '/spec/containers/0/image'],
    ['Deployment', { apiVersion: 'apps/v1', kind: 'Deployment', spec: TEMPLATE }, WEB],
    ['StatefulSet', { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: TEMPLATE }, WEB],
    ['DaemonSet', { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: TEMPLATE }, WEB],
    ['ReplicaSet', { apiVersion: 'apps/v1', kind: 'ReplicaSet', spec: TEMPLATE }, WEB],
    ['ReplicationController', { kind: 'ReplicationController', spec: TEMPLATE }, WEB],
    ['Job', { apiVersion: 'batch/v1', kind: 'Job', spec: TEMPLATE }, WEB],
    [
      'CronJob',
      { apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: { spec: TEMPLATE } } },
      '/spec/jobTemplate/spec/template/spec/containers/0/image',
    ],
    ['PodTemplate', { kind: 'PodTemplate', template: { spec: POD } }, '/template/spec/containers/0/image'],
    ['Argo Rollout', { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', spec: TEMPLATE }, WEB],
    ['Knative Service', { apiVersion: 'serving.knative.dev/v1', kind: 'Service', spec: TEMPLATE }, WEB],
    [
      'a kind that nobody knows',
      { apiVersion: 'acme.example/v1', kind: 'Shop', spec: { deep: [{ pods: POD }] } },
      '/spec/deep/0/pods/containers/0/image',
    ],
    [
      'a List',
      { kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod', spec: POD }] },
      '/items/0/spec/containers/0/image',
    ],
    [
      'a List in a List',
      {
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod', spec: POD }] }],
      },
      '/items/0/items/0/spec/containers/0/image',
    ],
    [
      'an object inside another',
      {
        apiVersion: 'kubernetes.crossplane.io/v1alpha2',
        kind: 'Object',
        spec: {
          forProvider: {
            manifest: { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', spec: { imageName: 'acme/web:1' } },
          },
        },
      },
      '/spec/forProvider/manifest/spec/imageName',
    ],
    [
      'an init container',
      { kind: 'Pod', spec: { initContainers: POD.containers, containers: [] } },
      '/spec/initContainers/0/image',
    ],
    [
      'an ephemeral container',
      { kind: 'Pod', spec: { ephemeralContainers: POD.containers } },
      '/spec/ephemeralContainers/0/image',
    ],
    [
      'an annotation of a pod that an injector obeys',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        spec: {
          template: { metadata: { annotations: { 'vault.hashicorp.com/agent-image': 'acme/web:1', other: 'x' } } },
        },
      },
      '/spec/template/metadata/annotations/vault.hashicorp.com~1agent-image',
    ],
    [
      'an image volume',
      { kind: 'Pod', spec: { volumes: [{ name: 'data', image: { reference: 'acme/web:1' } }] } },
      '/spec/volumes/0/image/reference',
    ],
    [
      'a container without a name',
      { kind: 'Pod', spec: { containers: [{ image: 'acme/web:1' }] } },
      '/spec/containers/0/image',
    ],
    [
      'an Argo Workflow',
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Workflow',
        spec: { templates: [{ name: 'a', script: { image: 'acme/web:1' } }] },
      },
      '/spec/templates/0/script/image',
    ],
    [
      'an Argo CronWorkflow',
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'CronWorkflow',
        spec: { workflowSpec: { templates: [{ container: { image: 'acme/web:1' } }] } },
      },
      '/spec/workflowSpec/templates/0/container/image',
    ],
    [
      'a Tekton Task',
      { apiVersion: 'tekton.dev/v1', kind: 'Task', spec: { steps: [{ image: 'acme/web:1' }] } },
      '/spec/steps/0/image',
    ],
    [
      'a Tekton Pipeline',
      {
        apiVersion: 'tekton.dev/v1',
        kind: 'Pipeline',
        spec: { tasks: [{ taskSpec: { steps: [{ image: 'acme/web:1' }] } }] },
      },
      '/spec/tasks/0/taskSpec/steps/0/image',
    ],
    [
      'a CatalogSource',
      { apiVersion: 'operators.coreos.com/v1alpha1', kind: 'CatalogSource', spec: { image: 'acme/web:1' } },
      '/spec/image',
    ],
    [
      'a Prometheus',
      { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', spec: { image: 'acme/web:1' } },
      '/spec/image',
    ],
    [
      'an Instrumentation',
      { apiVersion: 'opentelemetry.io/v1alpha1', kind: 'Instrumentation', spec: { java: { image: 'acme/web:1' } } },
      '/spec/java/image',
    ],
    [
      'a VirtualMachine',
      {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachine',
        spec: { template: { spec: { volumes: [{ containerDisk: { image: 'acme/web:1' } }] } } },
      },
      '/spec/template/spec/volumes/0/containerDisk/image',
    ],
    [
      'a Crossplane Provider',
      { apiVersion: 'pkg.crossplane.io/v1', kind: 'Provider', spec: { package: 'acme/web:1' } },
      '/spec/package',
    ],
    [
      'an Elasticsearch',
      { apiVersion: 'elasticsearch.k8s.elastic.co/v1', kind: 'Elasticsearch', spec: { image: 'acme/web:1' } },
      '/spec/image',
    ],
  ])('in %s', (_, object, place) => {
    expect(found(object)).toEqual({ [place]: 'acme/web:1' });
  });

  test.each<[string, string, JsonObject, readonly string[]]>([
    ['pxc.percona.com/v1', 'PerconaXtraDBCluster', { pxc: A, backup: A }, ['/pxc/image', '/backup/image']],
    ['psmdb.percona.com/v1', 'PerconaServerMongoDB', { initImage: 'a' }, ['/initImage']],
    ['pgv2.percona.com/v2', 'PerconaPGCluster', { proxy: { pgBouncer: A } }, ['/proxy/pgBouncer/image']],
    [
      'postgres-operator.crunchydata.com/v1beta1',
      'PostgresCluster',
      { backups: { pgbackrest: A } },
      ['/backups/pgbackrest/image'],
    ],
    [
      'postgresql.cnpg.io/v1',
      'Cluster',
      { imageName: 'a', postgresql: { extensions: [{ image: { reference: 'a' } }] } },
      ['/imageName', '/postgresql/extensions/0/image/reference'],
    ],
    ['acid.zalan.do/v1', 'postgresql', { sidecars: [A] }, ['/sidecars/0/image']],
    ['planetscale.com/v2', 'VitessCluster', { images: { vtgate: 'a' } }, ['/images/vtgate']],
    ['databases.spotahome.com/v1', 'RedisFailover', { redis: { exporter: A } }, ['/redis/exporter/image']],
    ['kafka.strimzi.io/v1beta2', 'Kafka', { cruiseControl: A }, ['/cruiseControl/image']],
    ['sparkoperator.k8s.io/v1beta2', 'SparkApplication', { driver: A }, ['/driver/image']],
    [
      'sparkoperator.k8s.io/v1beta2',
      'ScheduledSparkApplication',
      { template: { executor: A } },
      ['/template/executor/image'],
    ],
    ['argoproj.io/v1alpha1', 'Sensor', { template: { container: A } }, ['/template/container/image']],
    ['shipwright.io/v1beta1', 'BuildStrategy', { steps: [A] }, ['/steps/0/image']],
    ['jaegertracing.io/v1', 'Jaeger', { storage: { esRollover: A } }, ['/storage/esRollover/image']],
    [
      'dynatrace.com/v1beta5',
      'DynaKube',
      { oneAgent: { applicationMonitoring: { codeModulesImage: 'a' } } },
      ['/oneAgent/applicationMonitoring/codeModulesImage'],
    ],
    [
      'pool.kubevirt.io/v1alpha1',
      'VirtualMachinePool',
      { virtualMachineTemplate: { spec: { template: { spec: { volumes: [{ containerDisk: A }] } } } } },
      ['/virtualMachineTemplate/spec/template/spec/volumes/0/containerDisk/image'],
    ],
    [
      'gateway.envoyproxy.io/v1alpha1',
      'EnvoyExtensionPolicy',
      { wasm: [{ code: { image: { url: 'a' } } }] },
      ['/wasm/0/code/image/url'],
    ],
  ])('in what %s has as %s', (apiVersion, kind, spec, places) => {
    expect(Object.keys(found({ apiVersion, kind, spec }))).toEqual(places.map((place) => `/spec${place}`));
  });

  test('once, where a pod spec and a known field are the same place', () => {
    const task = {
      apiVersion: 'tekton.dev/v1',
      kind: 'Task',
      spec: { steps: [{ image: 'a' }], sidecars: [{ image: 'b' }] },
    };
    expect(found(task)).toEqual({ '/spec/steps/0/image': 'a', '/spec/sidecars/0/image': 'b' });
  });

  test('whatever other text stands beside it', () => {
    const spec = { template: { spec: { ...POD, args: ['--image=evil/x'] } }, image: 'not-one' };
    expect(found({ apiVersion: 'apps/v1', kind: 'Deployment', spec })).toEqual({ [WEB]: 'acme/web:1' });
  });
});

describe('no image is found', () => {
  test.each<[string, JsonObject]>([
    ['in a ConfigMap', { data: { image: 'acme/web:1', containers: '[{image: x}]' } }],
    [
      'in the schema of a CustomResourceDefinition',
      {
        kind: 'CustomResourceDefinition',
        spec: { properties: { containers: { type: 'array', items: { properties: { image: { type: 'string' } } } } } },
      },
    ],
    [
      'in values of a HelmRelease',
      { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', spec: { chart: {}, values: POD } },
    ],
    [
      'in values of an Application',
      { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', spec: { source: { helm: { valuesObject: POD } } } },
    ],
    [
      'in a container that has none',
      { kind: 'Pod', spec: { containers: [{ name: 'web' }, { name: 'x', image: null }, 'x', null] } },
    ],
    [
      'in a chart-like custom resource',
      { apiVersion: 'acme.example/v1', kind: 'Shop', spec: { containers: [{ image: { repository: 'a' } }] } },
    ],
  ])('%s', (_, object) => {
    expect(found(object)).toEqual({});
  });

  test('in values alone: another kind with such a field is read', () => {
    const shop = { apiVersion: 'acme.example/v1', kind: 'Shop', spec: { chart: {}, values: POD } };
    expect(Object.keys(found(shop))).toEqual(['/spec/values/containers/0/image']);
  });
});

test('the policy may say where other kinds name images, and takes none away', () => {
  const fields = [{ group: 'acme.example', kinds: ['Robot'], paths: ['spec.image', 'spec.arms[].image'] }];
  const robot = {
    apiVersion: 'acme.example/v1',
    kind: 'Robot',
    spec: { image: 'a.io/head:1', arms: [{ image: 'a.io/arm:1' }, {}], template: { spec: POD } },
  };
  const pod = { '/spec/template/spec/containers/0/image': 'acme/web:1' };
  expect(found(robot)).toEqual(pod);
  expect(found(robot, fields)).toEqual({ ...pod, '/spec/image': 'a.io/head:1', '/spec/arms/0/image': 'a.io/arm:1' });
  expect(found({ ...robot, kind: 'Other' }, fields)).toEqual(pod);
  expect(found({ ...robot, apiVersion: 'acme.other/v1' }, fields)).toEqual(pod);
});

test('an image of a pod that is no text is one that cannot be read', () => {
  const [place] = imagesIn(
    aManifest({
      kind: 'Pod',
      spec: {
        containers: [
          { name: 'web', image: 7.5 },
          { name: 'x', image: {} },
        ],
      },
    }),
    [],
  );
  expect(place).toMatchObject({ text: '7.5', isFilledLater: false });
  expect(imagesIn(aManifest({ kind: 'Pod', spec: { containers: [{ image: {} }] } }), [])).toMatchObject([
    { text: '{}', ref: undefined },
  ]);
});

function keys(containers: readonly JsonValue[]): readonly (readonly string[])[] {
  return imagesIn(aManifest({ kind: 'Pod', spec: { containers } }), []).map(({ key, text }) => [key, text]);
}

test('a place is known by names, in whatever order the lists are', () => {
  const [a, b] = [
    { name: 'a/b', image: 'x' },
    { name: 'b', image: 'y' },
  ];
  expect(keys([a, b])).toEqual([
    ['/spec/containers/a~1b/image', 'x'],
    ['/spec/containers/b/image', 'y'],
  ]);
  expect(keys([b, a]).toReversed()).toEqual(keys([a, b]));
  expect(keys([{ image: 'x' }])).toEqual([['/spec/containers/0/image', 'x']]);
});

test.each<[string, string, boolean]>([
  ['tekton.dev/v1', '$(params.image)', true],
  ['argoproj.io/v1alpha1', '{{inputs.parameters.image}}', true],
  ['acme.example/v1', '${IMAGE}', true],
  ['acme.example/v1', 'Not A Name', false],
  ['apps/v1', '$(params.image)', false],
  ['apps/v1', ' ', true],
  ['apps/v1', '', true],
])('in %s, %j is filled later: %j', (apiVersion, image, expected) => {
  const [place] = imagesIn(
    aManifest({ apiVersion, kind: 'Deployment', spec: { template: { spec: { containers: [{ image }] } } } }),
    [],
  );
  expect(place).toMatchObject({ ref: undefined, isFilledLater: expected });
});

test('whatever an object holds, each place points at what it says', () => {
  const name = fc.constantFrom(
    'spec',
    'containers',
    'initContainers',
    'volumes',
    'image',
    'reference',
    'name',
    'kind',
    'apiVersion',
    '__proto__',
  );
  const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<JsonValue>('a', '', 1, null, true),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(name, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (spec) => {
      const manifest = aManifest({ kind: 'Pod', spec });
      for (const { pointer, text } of imagesIn(manifest, [])) {
        const value = valueAt(manifest.object, pointer);
        expect(typeof value === 'string' ? value : JSON.stringify(value)).toBe(text);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['istio-proxy', 'auto', undefined, true],
  ['web', 'auto', 'docker.io/library/auto', false],
  ['istio-proxy', 'auto:1', 'docker.io/library/auto', false],
])('%s with the image %s: what Istio puts there is not known', (name, image, repository, isFilledLater) => {
  const [place] = imagesIn(aManifest({ kind: 'Pod', spec: { containers: [{ name, image }] } }), []);
  expect(place).toMatchObject({ text: image, isFilledLater });
  expect(place?.ref?.repository).toBe(repository);
});

test.each([
  ['acme/provider:v1', undefined, true],
  ['provider', undefined, true],
  ['xpkg.crossplane.io/acme/provider:v1', 'xpkg.crossplane.io/acme/provider', false],
  ['localhost/acme/provider', 'localhost/acme/provider', false],
  ['registry:5000/acme/provider', 'registry:5000/acme/provider', false],
])('the package %s of Crossplane without a host gets one in the cluster', (name, repository, isFilledLater) => {
  const object = { apiVersion: 'pkg.crossplane.io/v1', kind: 'Provider', spec: { package: name } };
  const [place] = imagesIn(aManifest(object), []);
  expect(place).toMatchObject({ text: name, isFilledLater });
  expect(place?.ref?.repository).toBe(repository);
});

const places = (apiVersion: string, kind: string, spec: JsonObject) =>
  imagesIn(aManifest({ apiVersion, kind, spec }), []).map(({ pointer, text, ref, isFilledLater }) =>
    [pointer, ref === undefined ? `${text}${isFilledLater ? ' later' : ' wrong'}` : imageText(ref)].join(' '),
  );

describe('an image in another form', () => {
  const VM = 'operator.victoriametrics.com/v1beta1';
  const HEX = `sha256:${'a'.repeat(64)}`;

  test.each<[string, string, string, JsonObject, readonly string[]]>([
    ['repository and tag', VM, 'VMAgent', { image: { repository: 'r.io/a', tag: '1' } }, ['/spec/image/tag r.io/a:1']],
    [
      'a part',
      VM,
      'VMCluster',
      { vmselect: { image: { repository: 'r.io/a', tag: '1' } } },
      ['/spec/vmselect/image/tag r.io/a:1'],
    ],
    ['no tag', VM, 'VMAgent', { image: { repository: 'r.io/a' } }, ['/spec/image/repository r.io/a later']],
    ['no repository', VM, 'VMAgent', { image: { tag: '1' } }, []],
    [
      'two in one object',
      'scylla.scylladb.com/v1',
      'ScyllaCluster',
      { repository: 'r.io/a', version: '1', agentRepository: 'r.io/b', agentVersion: '2' },
      ['/spec/version r.io/a:1', '/spec/agentVersion r.io/b:2'],
    ],
    [
      'three parts, and a digest',
      'nvidia.com/v1',
      'ClusterPolicy',
      {
        toolkit: { repository: 'r.io/a', image: 'b', version: HEX },
        gfd: { image: 'b', version: '1' },
        driver: { repository: 'r.io/a', image: 'c', version: '1' },
      },
      [`/spec/toolkit/version r.io/a/b@${HEX}`],
    ],
    [
      'a scheme',
      'cdi.kubevirt.io/v1beta1',
      'DataVolume',
      { source: { registry: { url: 'docker://r.io/a:1' } } },
      ['/spec/source/registry/url r.io/a:1'],
    ],
    [
      'no scheme where one must be',
      'cdi.kubevirt.io/v1beta1',
      'DataVolume',
      { source: { registry: { url: 'r.io/a:1' } } },
      [],
    ],
    [
      'no scheme where none need be',
      'extensions.istio.io/v1alpha1',
      'WasmPlugin',
      { url: 'r.io/a:1' },
      ['/spec/url r.io/a:1'],
    ],
    [
      'a scheme in capitals',
      'extensions.istio.io/v1alpha1',
      'WasmPlugin',
      { url: 'OCI://r.io/a:1' },
      ['/spec/url r.io/a:1'],
    ],
    ['a file', 'extensions.istio.io/v1alpha1', 'WasmPlugin', { url: 'file:///opt/a.wasm' }, []],
    [
      'a policy',
      'policies.kubewarden.io/v1',
      'AdmissionPolicy',
      { module: 'registry://r.io/a:1' },
      ['/spec/module r.io/a:1'],
    ],
    ['a policy from elsewhere', 'policies.kubewarden.io/v1', 'AdmissionPolicy', { module: 'https://r.io/a.wasm' }, []],
    ['something else', 'policies.kubewarden.io/v1', 'AdmissionPolicy', { module: 7 }, []],
  ])('%s', (...[, apiVersion, kind, spec, expected]) => {
    expect(places(apiVersion, kind, spec)).toEqual(expected);
  });
});
