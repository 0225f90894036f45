import type { Problem } from '../../../model/finding.ts';
import { pointer } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { subjectText } from '../binding-rule.ts';
import { BUILT_IN } from '../effective/cause.ts';
import { type Binding, readObjects } from '../object.ts';
import type { Subject } from '../subject.ts';
import { listed, quoted } from '../wording.ts';
import { danglingAccount } from './rules.ts';
import { type AccountLooking, type AccountSide, problemOf } from './side.ts';

/** What is known of the service accounts of one side. */
interface Known {
  readonly accounts: ReadonlySet<string>;
  /** Namespaces of which something but bindings is known. */
  readonly namespaces: ReadonlySet<string>;
}

/** Bindings of the apps that the change touches, to accounts that nobody creates. */
export function danglingAccountProblems(
  { side, manifests }: AccountSide,
  { touched, notCounted }: AccountLooking,
): readonly Problem[] {
  const bindings = manifests.flatMap(readObjects).filter((one) => one.type === 'binding');
  const looked = bindings.filter(({ manifest }) => manifest.app !== BUILT_IN && touched.has(manifest.app));
  if (looked.length === 0) return [];
  const known = knownIn(manifests, bindings);
  const missing = [...new Set(notCounted.filter((one) => one.side === side).map(({ app }) => app))].toSorted();
  return looked.flatMap((binding) => {
    const gone = binding.subjects.filter((subject) => isMissing(subject, binding, known));
    return gone.length === 0 ? [] : [toProblem(binding, gone, { side, known, missing })];
  });
}

function knownIn(manifests: readonly Manifest[], bindings: readonly Binding[]): Known {
  const own = manifests.filter(({ id }) => id.kind === 'ServiceAccount').map((one) => accountKey(one.id, one.app));
  const listedOnes = manifests
    .flatMap(readObjects)
    .filter(({ type, manifest }) => type === 'credential' && manifest.id.kind === 'ServiceAccount')
    .map(({ manifest }) => accountKey(manifest.id, manifest.app));
  const builtIn = bindings
    .filter(({ manifest }) => manifest.app === BUILT_IN)
    .flatMap(({ subjects }) => subjects.map((subject) => accountKey(subject, BUILT_IN)));
  const others = manifests.filter(({ id }) => !id.kind.endsWith('Binding'));
  return {
    accounts: new Set([...own, ...listedOnes, ...builtIn]),
    namespaces: new Set(others.map(({ id }) => id.namespace)),
  };
}

/** A namespace that only the controller knows is one for each app. */
function accountKey({ namespace, name }: { readonly namespace: string; readonly name: string }, app: string): string {
  return `${namespace === '' ? `\u0001${app}` : namespace}/${name}`;
}

/** Kubernetes gives each namespace the account `default`: https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts */
function isMissing({ kind, name, namespace }: Subject, { manifest, scope }: Binding, { accounts }: Known): boolean {
  if (kind !== 'ServiceAccount' || name === '' || name === 'default') return false;
  // Without a namespace it matches nobody, which is a finding of its own.
  if (namespace === '' && scope === 'cluster') return false;
  const here = [accountKey({ namespace, name }, manifest.app), accountKey({ namespace: '', name }, manifest.app)];
  return !here.some((key) => accounts.has(key));
}

interface Finding {
  readonly side: Problem['side'];
  readonly known: Known;
  readonly missing: readonly string[];
}

function toProblem({ manifest }: Binding, gone: readonly Subject[], { side, known, missing }: Finding): Problem {
  const { kind, name } = manifest.id;
  const [first] = gone;
  const isHere = gone.some(({ namespace }) => known.namespaces.has(namespace) && namespace !== 'kube-system');
  const severity = isHere && missing.length === 0 ? 'medium' : 'low';
  const rest = missing.length === 0 ? '' : ` that could be rendered; not counted: ${listed(missing.map(quoted))}`;
  const whom = listed([...new Set(gone.map(subjectText))]);
  const message = `${kind} ${quoted(name)} names ${whom}, which no app of its cluster creates${rest}`;
  const facets = [...new Set(gone.map(({ identity }) => identity))].toSorted();
  return problemOf(danglingAccount, manifest, {
    side,
    pointer: pointer('subjects', first?.index ?? 0),
    key: '',
    facets,
    message,
    severity,
  });
}
