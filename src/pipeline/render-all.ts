import { appFacts, objectFacts } from '../model/facts.ts';
import type { CommitSha } from '../model/ids.ts';
import { maskObject } from '../model/mask.ts';
import { maskSentence } from '../model/secret-text.ts';
import { PresyncError } from '../model/error.ts';
import type { RenderReport } from '../model/render-report.ts';
import { accountFor } from './account.ts';
import { pairApps } from './affected.ts';
import type { RunContext } from './context.ts';
import type { Rendered } from './render-app.ts';
import { type SideView, viewSide } from './side.ts';
import { parsePolicy, type PolicyText, policyTextOf } from './rules.ts';
import { NOT_FETCHED, type ValidatePorts } from './validate.ts';

export interface RenderInput {
  readonly commit: CommitSha;
  readonly baseBranch: string;
  readonly repositoryUrls: readonly string[];
  readonly operatorPolicy?: PolicyText | undefined;
  /** Ids of apps; empty means all. */
  readonly only: readonly string[];
}

/** All objects of one commit, as each app would apply them; what no app reads is rendered as plain roots. */
export async function renderAll(
  input: RenderInput,
  {
    repository,
    engine,
    memo,
    remotes = NOT_FETCHED,
    credentials,
  }: Pick<ValidatePorts, 'repository' | 'engine' | 'memo' | 'remotes' | 'credentials'>,
  signal: AbortSignal,
): Promise<RenderReport> {
  const tree = await repository.tree(input.commit);
  const policy = await parsePolicy(input.operatorPolicy ?? (await policyTextOf(tree)));
  credentials?.follow(policy);
  const ownUrls = [...input.repositoryUrls, ...policy.repository.urls];
  const { baseBranch } = input;
  const run: RunContext = { engine, memo, policy, ownUrls, baseBranch, remotes, defersElsewhere: false, signal };
  const view = await viewSide(tree, run);
  const found = [...view.apps.values(), ...(await plainRoots(view, run))];
  const rendered = [...new Map(found.map((one) => [one.app.id, one])).values()].toSorted((a, b) =>
    a.app.id < b.app.id ? -1 : 1,
  );
  return reportOf(select(rendered, input.only), await engine.versions());
}

/** The account of a change that touches every file: whatever no app reads. */
async function plainRoots(view: SideView, run: RunContext): Promise<readonly Rendered[]> {
  const changed = view.listing.tree.entries.map((entry) => ({ path: entry.path, base: entry, merged: entry }));
  const sides = { base: view, merged: view, changed };
  const { plain } = await accountFor(pairApps(sides), sides, run);
  return plain.flatMap(({ merged }) => merged ?? []);
}

export class UnknownAppError extends PresyncError<'UNKNOWN_APP'> {}

function select(rendered: readonly Rendered[], only: readonly string[]): readonly Rendered[] {
  const missing = only.find((id) => rendered.every(({ app }) => app.id !== id));
  if (missing === undefined) return only.length === 0 ? rendered : rendered.filter(({ app }) => only.includes(app.id));
  const known = rendered.map(({ app }) => app.id).join('\n  ');
  throw new UnknownAppError('UNKNOWN_APP', `there is no app ${missing}; there are:\n  ${known || '(none)'}`);
}

function reportOf(rendered: readonly Rendered[], versions: RenderReport['versions']): RenderReport {
  const whole = rendered.filter(({ failure }) => failure === undefined);
  return {
    schema: 'presync.render/v1',
    versions,
    apps: whole.map(({ app: { id, kind, name, namespace, cluster, path, definition }, manifests }) => ({
      id,
      kind,
      name,
      namespace,
      cluster,
      path,
      ...unlessEmpty(appFacts(definition)),
      objects: manifests.map(({ object, origin }) => ({
        manifest: maskObject(object),
        origin,
        ...unlessEmpty(objectFacts(object)),
      })),
    })),
    errors: rendered.flatMap(({ app, failure }) =>
      failure === undefined ? [] : [{ app: app.id, reason: maskSentence(failure.reason) }],
    ),
  };
}

function unlessEmpty<Facts extends object>(facts: Facts): { readonly facts?: Facts } {
  return Object.keys(facts).length === 0 ? {} : { facts };
}
