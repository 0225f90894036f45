import { appId } from '../../model/app.ts';
import { canonicalJson } from '../../model/json.ts';
import type { Comparison, Weakening } from './weakening.ts';

/** Entries that are new or say something else than at the base, by name. */
function changedEntries(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] {
  return Object.keys(after).filter((name) => entryText(before, name) !== entryText(after, name));
}

function entryText(all: Readonly<Record<string, unknown>>, name: string): string {
  return Object.hasOwn(all, name) ? canonicalJson(all[name]) : '';
}

function told(path: Weakening['path'], message: string): Weakening {
  return { key: path.join(' '), path, message };
}

/** What a plugin does is known only to the cluster: whoever says that it does less lets the rest through unseen. */
export const plugins: Comparison = ({ argocd: before }, { argocd: after }) =>
  changedEntries(before.plugins, after.plugins).map((name) =>
    told(
      ['argocd', 'plugins', name],
      `argocd.plugins: ${name} would be taken for ${after.plugins[name]?.as}; what else it does would not be judged`,
    ),
  );

/** Samples stand for what the cluster generates: apps that no sample brings are not judged. */
export const generators: Comparison = ({ argocd: before }, { argocd: after }) =>
  changedEntries({ ...before.generators }, { ...after.generators }).map((name) =>
    told(
      ['argocd', 'generators', name],
      `argocd.generators.${name}: apps would be generated from the samples written there`,
    ),
  );

/** Values that renders take from the cluster, and what a Bucket holds, are believed as they are declared. */
export const declared: Comparison = ({ flux: before }, { flux: after }) => {
  const known = new Set([...before.values, ...before.buckets].map((one) => canonicalJson(one)));
  const isNew = (one: object) => !known.has(canonicalJson(one));
  return [
    ...after.values.flatMap((one, index) =>
      isNew(one)
        ? [
            told(
              ['flux', 'values', index],
              `flux.values: ${one.kind} ${one.name} would be believed to hold these values`,
            ),
          ]
        : [],
    ),
    ...after.buckets.flatMap((one, index) =>
      isNew(one)
        ? [
            told(
              ['flux', 'buckets', index],
              `flux.buckets: Bucket ${one.name} would be taken for the folder ${one.path}`,
            ),
          ]
        : [],
    ),
  ];
};

/** What a chart makes of an answer is judged for each one that is possible, until one of them is declared. */
export const answers: Comparison = ({ clusters: before }, { clusters: after }) =>
  Object.entries(after).flatMap(([name, cluster]) => {
    const known = Object.hasOwn(before, name) ? before[name] : undefined;
    const apis = cluster.apiVersions.flatMap((api, index) =>
      known?.apiVersions.includes(api) === true
        ? []
        : [
            told(
              ['clusters', name, 'apiVersions', index],
              `clusters.${name}.apiVersions: ${api} is declared; what charts make of the other answer would not be judged`,
            ),
          ],
    );
    if (cluster.kubernetes === undefined || known?.kubernetes !== undefined) return apis;
    const message = `clusters.${name}.kubernetes: ${cluster.kubernetes} is declared; what charts make of other versions would not be judged`;
    return [told(['clusters', name, 'kubernetes'], message), ...apis];
  });

/** Whoever takes a declared app away, or points it elsewhere, has its objects judged by other values than those that are applied. */
export const apps: Comparison = ({ apps: before }, { apps: after }) =>
  before.flatMap((app) => {
    const index = after.findIndex((other) => appId(other) === appId(app));
    const name = `${app.kind} ${app.name} of ${app.cluster}`;
    if (index < 0)
      return [
        told(
          ['apps', appId(app)],
          `apps: ${name} is no longer declared; it would be judged with default values, or not at all`,
        ),
      ];
    if (canonicalJson(after[index]) === canonicalJson(app)) return [];
    const message = `apps: ${name} is declared otherwise; what that renders to would be judged in place of what it does today`;
    return [told(['apps', index], message)];
  });
