import type { Atom } from '../../model/rbac.ts';
import type { GrantSubject, RbacGrant } from '../../model/rbac-grant.ts';
import type { RbacObject } from './object.ts';
import { isMadeName } from './operators/made.ts';
import { worksInNamespace } from './scope.ts';
import type { Subject } from './subject.ts';

function grantSubject({ kind, name, namespace }: Subject): GrantSubject {
  return { kind, name, namespace: kind === 'ServiceAccount' ? namespace : '' };
}

/**
 * What one object grants by itself. To whom a role is bound stands elsewhere: where all apps of the cluster were counted, what its
 * subjects gain is a problem of its own, else it may be anybody.
 */
export function grantIn(object: RbacObject, alsoSays: readonly string[], isCounted: boolean): RbacGrant | undefined {
  if (object.type !== 'role' && object.type !== 'binding') return undefined;
  const namespace = object.scope === 'cluster' ? undefined : object.manifest.id.namespace;
  const inNamespace = namespace === undefined ? undefined : placeOf(namespace);
  if (object.type === 'binding') {
    return { alsoSays, subjects: object.subjects.map(grantSubject), reach: inNamespace ?? 'all' };
  }
  return { alsoSays, subjects: isCounted ? [] : 'unknown', reach: inNamespace ?? (isCounted ? 'none' : 'unknown') };
}

/** A namespace that only a controller knows may be any. */
function placeOf(namespace: string): RbacGrant['reach'] {
  return namespace === '' || namespace.startsWith('\u0001') || isMadeName(namespace) ? 'unknown' : { namespace };
}

interface Granting {
  readonly atoms: readonly Atom[];
  readonly alsoSays?: readonly string[] | undefined;
  /** There is more than these atoms. */
  readonly isCut?: boolean;
}

/** What somebody holds or gains in a scope; '' is the cluster. */
export function grantTo(subject: Subject, scope: string, { atoms, alsoSays = [], isCut = false }: Granting): RbacGrant {
  const isNamespaced = isCut || atoms.some((atom) => !('url' in atom) && worksInNamespace(atom));
  const inCluster = isNamespaced ? 'all' : 'none';
  return { alsoSays, subjects: [grantSubject(subject)], reach: scope === '' ? inCluster : placeOf(scope) };
}
