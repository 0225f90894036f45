import type { ImageForm } from './image-forms.ts';

export interface FormedFields {
  readonly group: string;
  readonly kinds: readonly string[];
  readonly paths: readonly string[];
  readonly form: ImageForm;
}

const TAGGED: ImageForm = { type: 'parts', repository: 'repository', tag: 'tag' };
const VERSIONED: ImageForm = { type: 'parts', repository: 'repository', tag: 'version' };
const NVIDIA: ImageForm = { type: 'parts', repository: 'repository', name: 'image', tag: 'version' };
const VICTORIA = [
  'VMSingle',
  'VMAgent',
  'VMAlert',
  'VMAlertmanager',
  'VMAuth',
  'VLogs',
  'VLSingle',
  'VLAgent',
  'VTSingle',
];
const CDI: ImageForm = { type: 'address', schemes: ['docker'], without: 'other' };
const WASM: ImageForm = { type: 'address', schemes: ['oci'], without: 'image' };
const POLICY: ImageForm = { type: 'address', schemes: ['registry'], without: 'image' };
/** Without those whose tag the operator completes by the system of each node: driver, gds, gdrcopy and vgpuManager. */
const GPU = [
  'toolkit',
  'devicePlugin',
  'dcgm',
  'dcgmExporter',
  'gfd',
  'migManager',
  'nodeStatusExporter',
  'validator',
  'vgpuDeviceManager',
  'vfioManager',
  'sandboxDevicePlugin',
  'kataManager',
  'ccManager',
  'driver.manager',
  'vgpuManager.driverManager',
  'vfioManager.driverManager',
];

/** Fields that hold an image in parts, or with a scheme. */
export const FORMED_FIELDS: readonly FormedFields[] = [
  // https://docs.victoriametrics.com/operator/api/
  { group: 'operator.victoriametrics.com', kinds: VICTORIA, paths: ['spec.image'], form: TAGGED },
  {
    group: 'operator.victoriametrics.com',
    kinds: ['VMCluster'],
    paths: ['vmselect', 'vminsert', 'vmstorage'].map((part) => `spec.${part}.image`),
    form: TAGGED,
  },
  {
    group: 'operator.victoriametrics.com',
    kinds: ['VLCluster'],
    paths: ['vlselect', 'vlinsert', 'vlstorage'].map((part) => `spec.${part}.image`),
    form: TAGGED,
  },
  {
    group: 'operator.victoriametrics.com',
    kinds: ['VTCluster'],
    paths: ['select', 'insert', 'storage'].map((part) => `spec.${part}.image`),
    form: TAGGED,
  },
  // https://operator.docs.scylladb.com/stable/reference/api/groups/scylla.scylladb.com/scyllaclusters.html
  { group: 'scylla.scylladb.com', kinds: ['ScyllaCluster'], paths: ['spec'], form: VERSIONED },
  {
    group: 'scylla.scylladb.com',
    kinds: ['ScyllaCluster'],
    paths: ['spec'],
    form: { type: 'parts', repository: 'agentRepository', tag: 'agentVersion' },
  },
  // https://apache.github.io/solr-operator/docs/solr-cloud/solr-cloud-crd.html
  { group: 'solr.apache.org', kinds: ['SolrCloud'], paths: ['spec.solrImage', 'spec.busyBoxImage'], form: TAGGED },
  {
    group: 'solr.apache.org',
    kinds: ['SolrPrometheusExporter'],
    paths: ['spec.image', 'spec.busyBoxImage'],
    form: TAGGED,
  },
  // https://github.com/NVIDIA/gpu-operator/blob/main/internal/image/image.go
  { group: 'nvidia.com', kinds: ['ClusterPolicy'], paths: GPU.map((part) => `spec.${part}`), form: NVIDIA },
  // https://github.com/kubevirt/containerized-data-importer/blob/main/doc/image-from-registry.md
  { group: 'cdi.kubevirt.io', kinds: ['DataVolume'], paths: ['spec.source.registry.url'], form: CDI },
  { group: 'cdi.kubevirt.io', kinds: ['DataImportCron'], paths: ['spec.template.spec.source.registry.url'], form: CDI },
  {
    group: 'kubevirt.io',
    kinds: ['VirtualMachine'],
    paths: ['spec.dataVolumeTemplates[].spec.source.registry.url'],
    form: CDI,
  },
  // https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/
  { group: 'extensions.istio.io', kinds: ['WasmPlugin'], paths: ['spec.url'], form: WASM },
  // https://docs.kubewarden.io/reference/CRDs
  {
    group: 'policies.kubewarden.io',
    kinds: ['ClusterAdmissionPolicy', 'AdmissionPolicy'],
    paths: ['spec.module'],
    form: POLICY,
  },
];
