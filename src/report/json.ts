import type { Finding, Gain, Location, PathStep } from '../model/finding.ts';
import type { ObjectId } from '../model/manifest.ts';
import type { RenderReport } from '../model/render-report.ts';
import type { AppResult, Difference, ObjectChange, Verdict } from '../model/verdict.ts';
import { changesInOrder, inOrder, sortedBy } from './order.ts';

function objectOf(id: ObjectId): ObjectId {
  const { apiVersion, kind, namespace, name } = id;
  return { apiVersion, kind, namespace, name };
}

function appOf(one: AppResult): AppResult {
  const { id, kind, name, namespace, cluster, path, change, outcome, reason } = one;
  const { added, changed, removed, total } = one.objects;
  return {
    id,
    kind,
    name,
    namespace,
    cluster,
    path,
    change,
    outcome,
    reason,
    objects: { added, changed, removed, total },
  };
}

function differenceOf({ pointer, path, before, after, noise }: Difference): Difference {
  return {
    pointer,
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    noise,
  };
}

function changeOf(one: ObjectChange): ObjectChange {
  const differences = sortedBy(one.differences, ({ path, pointer }) => [path, pointer]).map(differenceOf);
  return { app: one.app, change: one.change, object: objectOf(one.object), differences };
}

function gainOf({ subject, rules, namespace, binding, role, writtenIn, isCut }: Gain): Gain {
  const { kind, name } = subject;
  return {
    subject: { kind, namespace: subject.namespace, name },
    rules: rules.map(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => {
      return { verbs, apiGroups, resources, resourceNames, nonResourceURLs };
    }),
    namespace,
    binding: objectOf(binding),
    role: objectOf(role),
    writtenIn: objectOf(writtenIn),
    isCut,
  };
}

function locationOf(place: Location | null): Location | null {
  return place && { file: place.file, line: place.line, endLine: place.endLine };
}

function stepOf({ from, to, text, app, object, pointer, location }: PathStep): PathStep {
  return { from, to, text, app, object: object && objectOf(object), pointer, location: locationOf(location) };
}

function findingOf(one: Finding): Finding {
  const { rule, alias, severity, blocking, status, waivedBy, pointer, message, why, fix, gain, path } = one;
  return {
    rule,
    alias,
    severity,
    blocking,
    status,
    ...(waivedBy === undefined ? {} : { waivedBy }),
    app: one.app,
    object: one.object && objectOf(one.object),
    pointer,
    message,
    why,
    fix,
    ...(gain === undefined ? {} : { gain: gainOf(gain) }),
    location: locationOf(one.location),
    ...(path === undefined ? {} : { path: path.map(stepOf) }),
  };
}

function sortedKeys<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(sortedBy(Object.entries(record), ([key]) => [key]));
}

/** The contract of DESIGN 10 and docs/cli.md: named members only, lists sorted, strings as they are; runs differ in `timings` alone. */
export function json(verdict: Verdict): string {
  const { schema, conclusion, base, head, tree, versions, checks, images, lock, notes, timings } = verdict;
  const report: Verdict = {
    schema,
    conclusion,
    base,
    head,
    tree,
    versions: sortedKeys(versions),
    apps: sortedBy(verdict.apps, ({ id }) => [id]).map(appOf),
    changes: changesInOrder(verdict.changes).map(changeOf),
    checks: checks.map(({ id, outcome, reason }) => ({ id, outcome, reason })),
    findings: inOrder(verdict.findings).map(findingOf),
    images: sortedBy(images, ({ ref }) => [ref]).map(({ ref, digest, status, signer, apps }) => {
      return { ref, digest, status, signer, apps: apps.toSorted() };
    }),
    lock: sortedBy(lock, ({ kind, ref }) => [kind, ref]).map(({ kind, ref, resolved, digest }) => ({
      kind,
      ref,
      resolved,
      digest,
    })),
    notes,
    timings: sortedKeys(timings),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** One stable form of a render report, for both of its formats. */
export function orderedRender(report: RenderReport): RenderReport {
  const { schema, versions, apps, errors } = report;
  return {
    schema,
    versions: sortedKeys(versions),
    apps: sortedBy(apps, ({ id }) => [id]).map(({ id, kind, name, namespace, cluster, path, objects }) => {
      return {
        id,
        kind,
        name,
        namespace,
        cluster,
        path,
        objects: objects.map(({ manifest, origin }) => ({ manifest, origin })),
      };
    }),
    errors: sortedBy(errors, ({ app: id, reason }) => [id, reason]).map(({ app: id, reason }) => ({ app: id, reason })),
  };
}

export function renderJson(report: RenderReport): string {
  return `${JSON.stringify(orderedRender(report), null, 2)}\n`;
}
