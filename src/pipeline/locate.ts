import { hunksIn } from '../blame/hunks.ts';
import { type AuthoredHunk, blame } from '../blame/index.ts';
import type { CheckInput, Provenance, WholeWorlds } from '../checks/check.ts';
import { CHECKS } from '../checks/index.ts';
import type { App } from '../model/app.ts';
import type { Finding, Location } from '../model/finding.ts';
import { identityKey } from '../model/manifest.ts';
import type { AppPair, Sides } from './affected.ts';
import { artifactsIn } from './artifacts.ts';
import type { RunContext } from './context.ts';
import { filesReadBy } from './account.ts';
import { compareSides, type Judged, type JudgeContext, worldOf } from './judge.ts';
import { stepLocator } from './locate-steps.ts';
import { imageLine } from './image-line.ts';
import { isShown, type Rendered, renderApp } from './render-app.ts';
import { type Rewrite, rewriter } from './rewrite.ts';
import { variantTree } from './variant.ts';
import { withVariant } from './whole-worlds.ts';

/** Findings beyond this many keep no line: a change that brings hundreds is not read line by line. */
const MAX_LOCATED = 100;

export interface LocateContext {
  readonly sides: Sides;
  readonly pairs: readonly AppPair[];
  readonly run: RunContext;
  readonly judging: JudgeContext;
  readonly whole: WholeWorlds;
  readonly provenance: Provenance | undefined;
}

/** The hunks of each changed file, computed once. */
type HunksOf = (path: string) => Promise<readonly AuthoredHunk[]>;

function hunkReader({ sides }: LocateContext): HunksOf {
  const known = new Map<string, Promise<readonly AuthoredHunk[]>>();
  const files = new Map(sides.changed.map((file) => [file.path, file]));
  return (path) => {
    const file = files.get(path);
    if (file === undefined) return Promise.resolve([]);
    const hunks = known.get(path) ?? hunksIn(file, sides.base.listing.tree, sides.merged.listing.tree);
    known.set(path, hunks);
    return hunks;
  };
}

/** The files that define an app: its own, and what the apps that bring it read, such as the files of a generator. */
function definingFiles(pair: AppPair, pairs: ReadonlyMap<string, AppPair>): ReadonlySet<string> {
  const apps = [pair.base, pair.merged].flatMap((one) => one?.app ?? []);
  const parents = apps.flatMap(({ broughtBy }) => (broughtBy === undefined ? [] : (pairs.get(broughtBy) ?? [])));
  return new Set([...apps.flatMap(({ definedIn }) => definedIn?.file ?? []), ...filesReadBy(parents)]);
}

/** Everything that may have brought a finding of this app: what it reads, and the files that define it. */
async function hunksFor(
  pair: AppPair,
  defining: ReadonlySet<string>,
  hunksOf: HunksOf,
): Promise<readonly AuthoredHunk[]> {
  const paths = new Set([...filesReadBy([pair]), ...defining]);
  return (await Promise.all([...paths].toSorted().map(hunksOf))).flat();
}

/** The app as the hunks leave it: defined as in the merge result if they hold its definition, else as in the base. */
function appWith(pair: AppPair, defining: ReadonlySet<string>, hunks: readonly AuthoredHunk[]): App | undefined {
  const isDefined = defining.size === 0 || hunks.some(({ file }) => defining.has(file));
  return isDefined ? pair.merged?.app : (pair.base?.app ?? undefined);
}

function isSame(finding: Finding, other: Finding): boolean {
  const [a, b] = [finding, other].map(({ object }) => (object === null ? '' : identityKey(object)));
  return a === b && finding.rule === other.rule && finding.pointer === other.pointer && other.status === 'new';
}

async function standsIn(
  rendered: Rendered,
  finding: Finding,
  pair: AppPair,
  { judging, run, whole, provenance }: LocateContext,
): Promise<boolean> {
  const check = CHECKS.find(({ id }) => finding.rule.startsWith(`${id}/`));
  if (check === undefined || !isShown(rendered)) return false;
  const variant: AppPair = { ...pair, merged: rendered };
  const input = {
    base: worldOf('base', [variant]),
    merged: worldOf('merged', [variant]),
    policy: judging.policy,
    // An image that only some of the hunks give is one that nobody asked for, and says nothing.
    provenance: provenance && { ...provenance, artifacts: artifactsIn([variant], run.remotes.lock()) },
  };
  const stands = async (given: CheckInput): Promise<boolean> =>
    compareSides(await check.run(given, run.signal), judging).some((other) => isSame(finding, other));
  // Most findings are about one object; the rest of the cluster is only asked where that does not show them.
  return (await stands(input)) || stands({ ...input, whole: withVariant(whole, rendered) });
}

/** Does what is looked for stand in the app as some hunks leave it? */
type Stands = (rendered: Rendered) => Promise<boolean>;

async function locationOf(
  finding: Finding,
  pair: AppPair,
  {
    hunksOf,
    context,
    asks,
    rewrite,
  }: Readonly<{
    hunksOf: HunksOf;
    context: LocateContext;
    asks: Stands;
    rewrite: Rewrite;
  }>,
): Promise<Location | null> {
  const { sides, run } = context;
  const defining = definingFiles(pair, new Map(context.pairs.map((one) => [one.id, one])));
  const hunks = await hunksFor(pair, defining, hunksOf);
  const key = finding.object === null ? '' : identityKey(finding.object);
  const manifest = pair.merged?.manifests.find(({ id }) => identityKey(id) === key);
  const stands = async (subset: readonly AuthoredHunk[]) => {
    const app = appWith(pair, defining, subset);
    if (app === undefined) return false;
    const tree = await variantTree(sides.base.listing.tree, sides.merged.listing.tree, sides.changed, subset);
    return asks(await renderApp(app, tree, run));
  };
  const location = await blame({ finding, manifest, hunks, stands });
  return location === null ? null : refined(finding, location, { pair, hunks, context, rewrite });
}

/** The families that speak of images, which are put together of texts. */
const OF_IMAGES = /^(?:images|provenance)\//;

function refined(
  finding: Finding,
  location: Location,
  {
    pair: { merged },
    hunks,
    context,
    rewrite,
  }: Readonly<{
    pair: AppPair;
    hunks: readonly AuthoredHunk[];
    context: LocateContext;
    rewrite: Rewrite;
  }>,
): Promise<Location> {
  const hunk = hunks.find(
    ({ file, newStart, newEnd }) => file === location.file && location.line > newStart && location.line <= newEnd,
  );
  if (!OF_IMAGES.test(finding.rule) || merged === undefined || hunk === undefined) return Promise.resolve(location);
  const range = { start: hunk.newStart, end: hunk.newEnd };
  return imageLine(finding, location, { merged, tree: context.sides.merged.listing.tree, rewrite, range });
}

/** Gives each new finding the line that a person wrote. */
export async function locate(judged: readonly Judged[], context: LocateContext): Promise<readonly Judged[]> {
  const hunksOf = hunkReader(context);
  const rewrite = rewriter(context.sides.merged.listing.tree, (app, tree) => renderApp(app, tree, context.run));
  const pairs = new Map(context.pairs.map((pair) => [pair.id, pair]));
  let left = MAX_LOCATED;
  const blamed = async (finding: Finding, asks: (pair: AppPair) => Stands): Promise<Location | null> => {
    const pair = pairs.get(finding.app);
    if (pair === undefined || left <= 0) return null;
    left -= 1;
    return locationOf(finding, pair, { hunksOf, context, asks: asks(pair), rewrite });
  };
  const steps = stepLocator({ tree: context.sides.merged.listing.tree, whole: context.whole }, (finding, asks) =>
    blamed(finding, () => asks),
  );
  const located = async (finding: Finding) => {
    if (finding.status !== 'new') return finding;
    const own = (pair: AppPair) => (rendered: Rendered) => standsIn(rendered, finding, pair, context);
    const location = finding.location ?? (await blamed(finding, own));
    const path = await steps({ ...finding, location });
    return { ...finding, location, ...(path === undefined ? {} : { path }) };
  };
  return Promise.all(judged.map(async (one) => ({ ...one, findings: await Promise.all(one.findings.map(located)) })));
}
