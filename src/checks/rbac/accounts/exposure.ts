import { type JsonObject, type JsonValue, listAt, objectAt, textAt, valueAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import type { Workload } from '../paths/workload.ts';

/** What lets something outside of the cluster reach the pods of a workload. */
export interface Exposure {
  readonly manifest: Manifest;
  /** Of a Service `LoadBalancer` and the like, else its kind. */
  readonly by: string;
}

interface Backend {
  readonly namespace: string;
  readonly service: string;
}

type BackendReader = (object: JsonObject, namespace: string) => readonly Backend[];

/** https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/; `serviceName` is that of v1beta1. */
const ingress: BackendReader = (object, namespace) => {
  const spec = objectAt(object, 'spec');
  const paths = listAt(spec, 'rules').flatMap((rule) => listAt(objectAt(rule, 'http'), 'paths'));
  const backends = [spec['defaultBackend'], spec['backend'], ...paths.map((path) => objectAt(path, 'backend'))];
  return backends.flatMap((backend) => {
    const service = textAt(objectAt(backend, 'service'), 'name') || textAt(backend, 'serviceName');
    return service === '' ? [] : [{ namespace, service }];
  });
};

/** https://gateway-api.sigs.k8s.io/reference/spec/#backendobjectreference: a Service of the own namespace where nothing is said. */
const route: BackendReader = (object, namespace) =>
  listAt(objectAt(object, 'spec'), 'rules')
    .flatMap((rule) => listAt(rule, 'backendRefs'))
    .filter((ref) => textAt(ref, 'group') === '' && ['', 'Service'].includes(textAt(ref, 'kind')))
    .map((ref) => ({ namespace: textAt(ref, 'namespace') || namespace, service: textAt(ref, 'name') }));

/** https://docs.openshift.com/container-platform/latest/rest_api/network_apis/route-route-openshift-io-v1.html */
const openshift: BackendReader = (object, namespace) => {
  const spec = objectAt(object, 'spec');
  const targets: readonly (JsonValue | undefined)[] = [spec['to'], ...listAt(spec, 'alternateBackends')];
  return targets.map((target) => ({ namespace, service: textAt(target, 'name') }));
};

const READERS: Readonly<Record<string, BackendReader>> = {
  'networking.k8s.io/Ingress': ingress,
  'extensions/Ingress': ingress,
  'gateway.networking.k8s.io/HTTPRoute': route,
  'gateway.networking.k8s.io/GRPCRoute': route,
  'gateway.networking.k8s.io/TLSRoute': route,
  'gateway.networking.k8s.io/TCPRoute': route,
  'gateway.networking.k8s.io/UDPRoute': route,
  'route.openshift.io/Route': openshift,
};

interface ExposedService {
  readonly selector: readonly (readonly [key: string, value: JsonValue])[];
  readonly exposures: readonly Exposure[];
}

/** Who reaches what, in one cluster; services are found by a label that they ask for, so the work grows with their number. */
export class Exposures {
  readonly #byLabel = new Map<string, ExposedService[]>();

  constructor(manifests: readonly Manifest[]) {
    const routed = Map.groupBy(
      manifests.flatMap((manifest) => backendsOf(manifest).map((backend) => ({ manifest, backend }))),
      ({ backend }) => `${backend.namespace}/${backend.service}`,
    );
    for (const manifest of manifests) {
      const { id, object } = manifest;
      if (id.apiVersion !== 'v1' || id.kind !== 'Service') continue;
      const through = (routed.get(`${id.namespace}/${id.name}`) ?? []).map(({ manifest: one }) => one);
      const own = ownExposure(manifest);
      const exposures = [...own, ...new Set(through)].map((one) =>
        'by' in one ? one : { manifest: one, by: one.id.kind },
      );
      const selector = Object.entries(objectAt(objectAt(object, 'spec'), 'selector'));
      const [first] = selector;
      // Without a selector a Service names its addresses elsewhere.
      if (first === undefined || exposures.length === 0) continue;
      const key = labelKey(id.namespace, first);
      const bucket = this.#byLabel.get(key);
      if (bucket === undefined) this.#byLabel.set(key, [{ selector, exposures }]);
      else bucket.push({ selector, exposures });
    }
  }

  of(workload: Workload): readonly Exposure[] {
    const labels = podLabels(workload);
    const { namespace } = workload.manifest.id;
    return Object.entries(labels)
      .flatMap((label) => this.#byLabel.get(labelKey(namespace, label)) ?? [])
      .filter(({ selector }) => selector.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value))
      .flatMap(({ exposures }) => exposures);
  }
}

/** May it let something outside reach pods? */
export function isDoor(manifest: Manifest): boolean {
  const isService = manifest.id.apiVersion === 'v1' && manifest.id.kind === 'Service';
  return (isService && ownExposure(manifest).length > 0) || backendsOf(manifest).length > 0;
}

function labelKey(namespace: string, label: readonly [key: string, value: JsonValue]): string {
  return JSON.stringify([namespace, label]);
}

function backendsOf({ id, object }: Manifest): readonly Backend[] {
  const kind = `${groupOf(id.apiVersion)}/${id.kind}`;
  return Object.hasOwn(READERS, kind) ? (READERS[kind]?.(object, id.namespace) ?? []) : [];
}

/** https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types */
function ownExposure(manifest: Manifest): readonly Exposure[] {
  const spec = objectAt(manifest.object, 'spec');
  const type = textAt(spec, 'type');
  const isAddressed = listAt(spec, 'externalIPs').length > 0;
  if (type === 'LoadBalancer' || type === 'NodePort') return [{ manifest, by: type }];
  return isAddressed ? [{ manifest, by: 'externalIPs' }] : [];
}

/** Those of the template, beside the spec. */
function podLabels({ manifest, podPointer }: Workload): JsonObject {
  const above = podPointer.slice(0, -'/spec'.length);
  const metadata = valueAt(manifest.object, `${above}/metadata`);
  return objectAt(metadata, 'labels');
}
