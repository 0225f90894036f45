import { topsReaching } from '../discover/kustomize-graph.ts';
import { kustomizeRoot } from '../discover/plain.ts';
import type { App } from '../model/app.ts';
import { isOurs } from '../model/content.ts';
import { singlesOf } from '../model/render-source.ts';
import { matchesGlob } from '../model/glob.ts';
import type { AppPair, Sides } from './affected.ts';
import { pairOf } from './affected.ts';
import type { RunContext } from './context.ts';
import { appsBroughtBy } from './brought-apps.ts';
import { looseManifests, onSide, partsBelow, plainRootsOf, unite } from './plain-roots.ts';
import { filesReadIn, isShown, type Rendered, renderApp } from './render-app.ts';
import { POLICY_FILE } from './rules.ts';
import { uncoveredRoots } from './uncovered-roots.ts';

const SIDES = ['base', 'merged'] as const;

/** Where every changed file went: DESIGN 5, "every changed file is accounted for". */
export interface Account {
  /** Plain roots for what no app of a controller reads, and the apps that only they show. */
  readonly plain: readonly AppPair[];
}

/** Paths of the repository that a render of these apps read, on either side. */
export function filesReadBy(pairs: readonly AppPair[]): ReadonlySet<string> {
  return filesReadIn(pairs.flatMap(({ base, merged }) => [base, merged].flatMap((one) => one ?? [])));
}

/**
 * The changed files that these apps read where they stand last. What only the base reads, because the change takes the app away
 * or moves it, is not accounted for in the merge result: a controller may still sync it.
 */
function coveredBy(pairs: readonly AppPair[], changed: Sides['changed']): ReadonlySet<string> {
  const before = filesReadIn(pairs.flatMap(({ base }) => base ?? []));
  const after = filesReadIn(pairs.flatMap(({ merged }) => merged ?? []));
  return new Set(
    changed.filter(({ path, merged }) => (merged === undefined ? before : after).has(path)).map(({ path }) => path),
  );
}

async function render(app: App, sides: Sides, run: RunContext): Promise<AppPair> {
  const [base, merged] = await Promise.all(
    SIDES.map((name): Promise<Rendered | undefined> => {
      const here = onSide(app, sides[name]);
      return here === undefined ? Promise.resolve(undefined) : renderApp(here, sides[name].listing.tree, run);
    }),
  );
  return pairOf(app.id, { base, merged }, sides);
}

function pathOf({ base, merged }: AppPair): string {
  return (merged ?? base)?.app.path ?? '';
}

/** A partial render shows what its parts would show. */
function isBroken({ base, merged }: AppPair): boolean {
  return [base, merged].some((side) => side !== undefined && !isShown(side));
}

/** Broken where it stands last: what was broken before and renders now is shown by its app. */
function staysBroken({ base, merged }: AppPair): boolean {
  const last = merged ?? base;
  return last !== undefined && !isShown(last);
}

/** Without what renders that showed nothing read. What the base alone reads counts where both sides are shown. */
function asShown(pair: AppPair): AppPair {
  if (!isBroken(pair)) return pair;
  return { ...pair, base: undefined, merged: staysBroken(pair) ? undefined : pair.merged };
}

/** Could a kustomization of this repository be what it renders? */
function mayBuild(source: App['source']): boolean {
  return singlesOf(source).some(
    ({ type, content }) => isOurs(content) && ['kustomize', 'flux', 'argocd'].includes(type),
  );
}

/** Renders the parts of broken kustomizations until what is left renders, or has no parts. */
async function withParts(
  pairs: readonly AppPair[],
  open: readonly string[],
  sides: Sides,
  run: RunContext,
): Promise<readonly AppPair[]> {
  const done = new Map(pairs.map((pair) => [pair.id, pair]));
  let broken = pairs.filter(staysBroken);
  while (broken.length > 0) {
    const folders = broken
      .map(({ base, merged }) => (merged ?? base)?.app)
      .filter((app) => app !== undefined && mayBuild(app.source))
      .flatMap((app) => SIDES.flatMap((name) => partsBelow(app?.path ?? '', sides[name], open)));
    const fresh = [...new Set(folders)]
      .map((folder) => kustomizeRoot(folder, run.policy))
      .filter(({ id }) => !done.has(id));
    const rendered = await Promise.all(fresh.map((app) => render(app, sides, run)));
    for (const pair of rendered) done.set(pair.id, pair);
    broken = rendered.filter(staysBroken);
  }
  return [...done.values()];
}

/** Files that a kustomization seemed to name but none read: judged as they stand. Those of broken roots are errored already. */
async function withLeft(
  pairs: readonly AppPair[],
  open: readonly string[],
  sides: Sides,
  run: RunContext,
): Promise<readonly AppPair[]> {
  const read = coveredBy(pairs, sides.changed);
  const broken = new Set(pairs.filter(isBroken).map(pathOf));
  const unread = open.filter((path) => !read.has(path));
  const loose = await Promise.all(
    SIDES.map((name) => {
      const tops = (path: string) => topsReaching(path, sides[name].graph);
      const alone = unread.filter((path) => tops(path).length > 0 && tops(path).every((top) => !broken.has(top)));
      return looseManifests(alone, sides[name], run);
    }),
  );
  if (loose.flat().length === 0) return pairs;
  const known = pairs
    .flatMap(({ base, merged }) => [base, merged].flatMap((one) => one?.app ?? []))
    .filter(({ kind }) => kind === 'Manifests');
  const fresh = await Promise.all(unite([...known, ...loose.flat()]).map((app) => render(app, sides, run)));
  return [...pairs.filter(({ base, merged }) => (merged ?? base)?.app.kind !== 'Manifests'), ...fresh];
}

/** Without the policy, which a check of its own judges: it is no manifest. */
function changedPaths({ changed }: Sides, { policy }: RunContext): readonly string[] {
  const isIgnored = (path: string) => path === POLICY_FILE || policy.ignore.some((glob) => matchesGlob(glob, path));
  return changed.map(({ path }) => path).filter((path) => !isIgnored(path));
}

/** What of the change these apps do not read. What only a broken app reads is shown as far as its parts render; the app stays errored. */
function unreadBy(affected: readonly AppPair[], sides: Sides, run: RunContext): readonly string[] {
  const read = coveredBy(affected.map(asShown), sides.changed);
  return changedPaths(sides, run).filter((path) => !read.has(path));
}

/** The plain roots of what these apps do not read. */
async function rootsBeside(affected: readonly AppPair[], sides: Sides, run: RunContext): Promise<readonly AppPair[]> {
  const open = unreadBy(affected, sides, run);
  const roots = await Promise.all(
    SIDES.map((name) =>
      plainRootsOf(
        open.filter((path) => sides[name].listing.files.has(path)),
        sides[name],
        run,
      ),
    ),
  );
  // A folder that a broken app renders from is no root besides: the app says already why it is broken.
  const broken = affected.filter(isBroken);
  const own = new Set(broken.map(pathOf));
  const found = unite([...roots.flat(), ...uncoveredRoots(changedPaths(sides, run), sides, run.policy)]);
  const fresh = found.filter(({ kind, path }) => kind !== 'KustomizeRoot' || !own.has(path));
  const first = await Promise.all(fresh.map((app) => render(app, sides, run)));
  const parted = await withParts([...first, ...broken], open, sides, run);
  const known = new Set(broken.map(({ id }) => id));
  return (await withLeft(parted, open, sides, run)).filter(({ id }) => !known.has(id));
}

/** The sides as if discovery had known these apps. */
function withApps(sides: Sides, pairs: readonly AppPair[]): Sides {
  const side = (name: (typeof SIDES)[number]) => {
    const more = pairs.flatMap((pair) => (pair[name] === undefined ? [] : [[pair.id, pair[name]] as const]));
    return { ...sides[name], apps: new Map([...sides[name].apps, ...more]) };
  };
  return { ...sides, base: side('base'), merged: side('merged') };
}

/** The plain roots, and the apps that they bring. What such an app reads is no plain root either: it is asked for a second time. */
export async function accountFor(affected: readonly AppPair[], sides: Sides, run: RunContext): Promise<Account> {
  const roots = await rootsBeside(affected, sides, run);
  const brought = await appsBroughtBy(roots, sides, run);
  if (brought.length === 0) return { plain: roots };
  const left = await rootsBeside([...affected, ...brought], withApps(sides, brought), run);
  return { plain: [...left, ...brought] };
}
