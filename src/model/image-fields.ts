import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { groupOf } from './manifest.ts';
import { FORMED_FIELDS } from './image-fields-in-parts.ts';
import { formed, type ImageForm } from './image-forms.ts';
import { OPERATOR_FIELDS } from './image-fields-of-operators.ts';
import type { ImageFields } from './policy.ts';

const ARGO_TEMPLATE = ['container.image', 'script.image', 'sidecars[].image'];
const ARGO_PATHS = ARGO_TEMPLATE.flatMap((path) => [`templates[].${path}`, `templateDefaults.${path}`]);
const TEKTON_TASK = ['steps[].image', 'sidecars[].image', 'stepTemplate.image'];
const TEKTON_PIPELINE = ['tasks[].taskSpec', 'finally[].taskSpec'].flatMap((task) =>
  TEKTON_TASK.map((path) => `${task}.${path}`),
);
const KAFKA = [
  'kafka.image',
  'kafka.brokerRackInitImage',
  'zookeeper.image',
  'entityOperator.topicOperator.image',
  'entityOperator.userOperator.image',
  'entityOperator.tlsSidecar.image',
  'cruiseControl.image',
  'kafkaExporter.image',
];
const VM = ['volumes[].containerDisk.image', 'domain.firmware.kernelBoot.container.image'];
const OTEL_LANGUAGES = ['java', 'nodejs', 'python', 'dotnet', 'go', 'apacheHttpd', 'nginx'];

export interface KnownFields extends ImageFields {
  readonly form?: ImageForm;
}

/** Fields of which the API of each project says that they hold an image as runtimes read it. */
const FIELDS: readonly KnownFields[] = [
  // https://argo-workflows.readthedocs.io/en/latest/fields/#template
  {
    group: 'argoproj.io',
    kinds: ['Workflow', 'WorkflowTemplate', 'ClusterWorkflowTemplate'],
    paths: ARGO_PATHS.map((path) => `spec.${path}`),
  },
  { group: 'argoproj.io', kinds: ['CronWorkflow'], paths: ARGO_PATHS.map((path) => `spec.workflowSpec.${path}`) },
  // https://argoproj.github.io/argo-events/APIs/
  { group: 'argoproj.io', kinds: ['EventSource', 'Sensor'], paths: ['spec.template.container.image'] },
  // https://tekton.dev/docs/pipelines/pipeline-api/
  { group: 'tekton.dev', kinds: ['Task', 'ClusterTask'], paths: TEKTON_TASK.map((path) => `spec.${path}`) },
  { group: 'tekton.dev', kinds: ['StepAction'], paths: ['spec.image'] },
  { group: 'tekton.dev', kinds: ['TaskRun'], paths: TEKTON_TASK.map((path) => `spec.taskSpec.${path}`) },
  { group: 'tekton.dev', kinds: ['Pipeline'], paths: TEKTON_PIPELINE.map((path) => `spec.${path}`) },
  { group: 'tekton.dev', kinds: ['PipelineRun'], paths: TEKTON_PIPELINE.map((path) => `spec.pipelineSpec.${path}`) },
  // https://olm.operatorframework.io/docs/concepts/crds/
  { group: 'operators.coreos.com', kinds: ['CatalogSource'], paths: ['spec.image'] },
  { group: 'operators.coreos.com', kinds: ['ClusterServiceVersion'], paths: ['spec.relatedImages[].image'] },
  // https://prometheus-operator.dev/docs/api-reference/api/
  {
    group: 'monitoring.coreos.com',
    kinds: ['Prometheus', 'PrometheusAgent', 'Alertmanager', 'ThanosRuler'],
    paths: ['spec.image'],
  },
  { group: 'monitoring.coreos.com', kinds: ['Prometheus'], paths: ['spec.thanos.image'] },
  // https://opentelemetry.io/docs/platforms/kubernetes/operator/
  { group: 'opentelemetry.io', kinds: ['OpenTelemetryCollector'], paths: ['spec.image', 'spec.targetAllocator.image'] },
  { group: 'opentelemetry.io', kinds: ['OpAMPBridge', 'TargetAllocator'], paths: ['spec.image'] },
  {
    group: 'opentelemetry.io',
    kinds: ['Instrumentation'],
    paths: OTEL_LANGUAGES.map((language) => `spec.${language}.image`),
  },
  // https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/
  {
    group: 'postgresql.cnpg.io',
    kinds: ['Cluster'],
    paths: ['spec.imageName', 'spec.postgresql.extensions[].image.reference'],
  },
  { group: 'postgresql.cnpg.io', kinds: ['ImageCatalog', 'ClusterImageCatalog'], paths: ['spec.images[].image'] },
  // https://postgres-operator.readthedocs.io/en/latest/reference/cluster_manifest/
  {
    group: 'acid.zalan.do',
    kinds: ['postgresql'],
    paths: ['spec.dockerImage', 'spec.sidecars[].image', 'spec.connectionPooler.dockerImage'],
  },
  {
    group: 'acid.zalan.do',
    kinds: ['OperatorConfiguration'],
    paths: [
      'configuration.docker_image',
      'configuration.connection_pooler.connection_pooler_image',
      'configuration.logical_backup.logical_backup_docker_image',
    ],
  },
  // https://www.elastic.co/docs/reference/cloud-on-k8s/api-docs
  ...['elasticsearch', 'kibana', 'apm', 'beat', 'agent', 'logstash', 'enterprisesearch', 'maps', 'packageregistry'].map(
    (name) => ({
      group: `${name}.k8s.elastic.co`,
      kinds: [
        'Elasticsearch',
        'Kibana',
        'ApmServer',
        'Beat',
        'Agent',
        'Logstash',
        'EnterpriseSearch',
        'ElasticMapsServer',
        'PackageRegistry',
      ],
      paths: ['spec.image'],
    }),
  ),
  // https://strimzi.io/docs/operators/latest/configuring
  {
    group: 'kafka.strimzi.io',
    kinds: ['Kafka'],
    paths: KAFKA.map((path) => `spec.${path}`),
  },
  {
    group: 'kafka.strimzi.io',
    kinds: ['KafkaConnect', 'KafkaBridge', 'KafkaMirrorMaker2'],
    paths: ['spec.image', 'spec.clientRackInitImage'],
  },
  { group: 'kafka.strimzi.io', kinds: ['KafkaMirrorMaker'], paths: ['spec.image'] },
  // https://rook.io/docs/rook/latest-release/CRDs/Cluster/ceph-cluster-crd/
  { group: 'ceph.rook.io', kinds: ['CephCluster'], paths: ['spec.cephVersion.image'] },
  // https://kubevirt.io/user-guide/storage/disks_and_volumes/#containerdisk
  {
    group: 'kubevirt.io',
    kinds: ['VirtualMachine', 'VirtualMachineInstanceReplicaSet'],
    paths: VM.map((path) => `spec.template.spec.${path}`),
  },
  { group: 'kubevirt.io', kinds: ['VirtualMachineInstance'], paths: VM.map((path) => `spec.${path}`) },
  {
    group: 'pool.kubevirt.io',
    kinds: ['VirtualMachinePool'],
    paths: VM.map((path) => `spec.virtualMachineTemplate.spec.template.spec.${path}`),
  },
  // https://docs.crossplane.io/latest/packages/: version 1 takes its own registry where none is written, version 2 refuses.
  {
    group: 'pkg.crossplane.io',
    kinds: ['Provider', 'Configuration', 'Function'],
    paths: ['spec.package'],
    form: { type: 'completed', by: 'Crossplane' },
  },
  { group: 'pkg.crossplane.io', kinds: ['ControllerConfig'], paths: ['spec.image'] },
  // https://gateway.envoyproxy.io/docs/api/extension_types/#kubernetescontainerspec
  {
    group: 'gateway.envoyproxy.io',
    kinds: ['EnvoyProxy'],
    paths: [
      'spec.provider.kubernetes.envoyDeployment.container.image',
      'spec.provider.kubernetes.envoyDaemonSet.container.image',
    ],
  },
  ...OPERATOR_FIELDS,
  ...FORMED_FIELDS,
];

const BY_GROUP = Map.groupBy(FIELDS, ({ group }) => group);

export type Tokens = readonly (string | number)[];

export interface CustomField {
  readonly tokens: Tokens;
  readonly value: JsonValue;
  /** Who puts the image there, or a part of it; '' where nobody has to. */
  readonly left: string;
}

/** The places of the table and of the policy's own that the object fills, whatever stands there. */
export function customFields(object: JsonObject, more: readonly ImageFields[]): readonly CustomField[] {
  const [apiVersion, kind] = [object['apiVersion'], object['kind']];
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
  const group = groupOf(apiVersion);
  const rows: readonly KnownFields[] = [...(BY_GROUP.get(group) ?? []), ...more];
  return rows
    .filter((row) => row.group === group && row.kinds.includes(kind))
    .flatMap(({ paths, form }) => paths.flatMap((path) => at(object, path.split('.'), []).flatMap(inForm(form))));
}

function inForm(form: ImageForm | undefined): (field: Field) => readonly CustomField[] {
  return ({ tokens, value }) => {
    if (form === undefined) return [{ tokens, value, left: '' }];
    const image = formed(value, form);
    return image === undefined ? [] : [{ tokens: [...tokens, ...image.below], value: image.text, left: image.left }];
  };
}

type Field = Pick<CustomField, 'tokens' | 'value'>;

function at(value: JsonValue | undefined, [part, ...rest]: readonly string[], tokens: Tokens): readonly Field[] {
  if (value === undefined) return [];
  if (part === undefined) return [{ tokens, value }];
  const name = part.replace('[]', '');
  const found = isObject(value) ? value[name] : undefined;
  if (!part.endsWith('[]')) return at(found, rest, [...tokens, name]);
  const items = Array.isArray(found) ? (found as readonly JsonValue[]) : [];
  return items.flatMap((item, index) => at(item, rest, [...tokens, name, index]));
}
