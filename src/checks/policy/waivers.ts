import { coversGlob } from '../../model/glob.ts';
import type { ClusterPolicy } from '../../model/policy.ts';
import type { Waiver } from '../../model/waiver.ts';
import type { Comparison } from './weakening.ts';

/** A waiver is new where none of the base accepts the same for at least as long. */
export const waivers: Comparison = (base, proposed) =>
  proposed.waivers.flatMap((waiver, index) => {
    const alike = base.waivers.filter((other) => other.rule === waiver.rule && isWithin(waiver.object, other.object));
    if (alike.some(({ expires }) => expires >= waiver.expires)) return [];
    const what = `${waiver.rule} in ${nameOf(waiver.object)} would not block until ${waiver.expires}`;
    const [first] = alike;
    const message =
      first === undefined
        ? `waivers: a new one; ${what}`
        : `waivers: the one until ${first.expires} is extended; ${what}`;
    return [{ key: `waivers ${waiver.rule} ${nameOf(waiver.object)}`, path: ['waivers', index], message }];
  });

/** An app that is broken and accepted as such is skipped: nothing in it is judged. */
export const accept: Comparison = (base, proposed) =>
  proposed.accept.flatMap(({ app, expires }, index) => {
    if (base.accept.some((other) => other.app === app && other.expires >= expires)) return [];
    const message = `accept: ${app} may stay broken until ${expires}; while it is, nothing in it would be judged`;
    return [{ key: `accept ${app}`, path: ['accept', index], message }];
  });

/** Where a waiver or a standing decision is for one cluster, what counts as that cluster decides how far it goes. */
export const clusters: Comparison = (base, proposed) =>
  [...new Set([...proposed.waivers, ...proposed.rbac.allow].flatMap(({ object }) => object.cluster ?? []))].flatMap(
    (name) => {
      const [before, after] = [own(base.clusters, name), own(proposed.clusters, name)];
      if (after === undefined || !reachesFurther(after, before)) return [];
      const message = `clusters: more belongs to ${name}; the waivers and decisions for that cluster would hold there too`;
      return [{ key: `clusters ${name}`, path: ['clusters', name], message }];
    },
  );

function own(all: Readonly<Record<string, ClusterPolicy>>, name: string): ClusterPolicy | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}

function reachesFurther(after: ClusterPolicy, before: ClusterPolicy | undefined): boolean {
  const isNewServer = after.server !== undefined && after.server !== before?.server;
  const known = before?.paths ?? [];
  return isNewServer || after.paths.some((path) => !known.some((other) => coversGlob(other, path)));
}

function isWithin(narrow: Waiver['object'], wide: Waiver['object']): boolean {
  const parts = ['kind', 'name', 'group', 'namespace', 'cluster'] as const;
  return parts.every((part) => wide[part] === undefined || wide[part] === narrow[part]);
}

function nameOf({ kind, name, group, namespace, cluster }: Waiver['object']): string {
  const where = [
    ['group', group],
    ['namespace', namespace],
    ['cluster', cluster],
  ].map(([part, value]) => (value === undefined ? `any ${part}` : `${part} ${JSON.stringify(value)}`));
  return `${kind} ${name} (${where.join(', ')})`;
}
