import type { App } from '../model/app.ts';
import { canonicalJson } from '../model/json.ts';
import { isElsewhere } from '../model/render-source.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { RunContext } from './context.ts';
import { failed, type Rendered, renderApp } from './render-app.ts';

/** Who says what an app is: its own file, a kustomization that no app is known to build, or an app that applies it. */
export const RANK = { file: 0, root: 1, app: 2 } as const;
export type Rank = (typeof RANK)[keyof typeof RANK];

function collision(app: App, other: App): App {
  const where = [app, other].map(({ definedIn, path }) => definedIn?.file || path).toSorted();
  const reason = `two definitions share its id: ${where.join(' and ')}; give one another name, or declare their clusters in .presync.yaml`;
  return { ...app, source: { type: 'unknowable', path: app.path, reason } };
}

/** From one file, or from a file that the renderer could not name. */
function mayBeOneObject(app: App, other: App): boolean {
  const files = [app, other].map(({ definedIn }) => definedIn?.file ?? '');
  return files[0] === files[1] || files.includes('');
}

function isNamesake(app: App, other: App): boolean {
  return app.kind === other.kind && app.name === other.name && app.namespace === other.namespace;
}

function isSame(app: App, other: App): boolean {
  return canonicalJson(app.source) === canonicalJson(other.source);
}

/**
 * Collects the apps of one side. An app that another one renders replaces its own file: what is applied is the rendered object
 * (a base of an overlay is not an app, DESIGN 5). Two of one rank that differ are both applied, so neither may hide the other.
 */
export class Collector {
  readonly rendered = new Map<string, Rendered>();
  readonly #ranks = new Map<string, Rank>();
  readonly #tree: SourceTree;
  readonly #run: RunContext;

  /** `known` are apps of the highest rank, that nothing overrides. */
  constructor(tree: SourceTree, run: RunContext, known: ReadonlyMap<string, Rendered> = new Map()) {
    this.#tree = tree;
    this.#run = run;
    for (const [id, rendered] of known) {
      this.rendered.set(id, rendered);
      this.#ranks.set(id, RANK.app);
    }
  }

  /** Renders those that are new or that override one of a lower rank. */
  async add(apps: readonly App[], rank: Rank): Promise<readonly Rendered[]> {
    const wanted = new Map<string, App>();
    for (const app of apps) {
      const twin = wanted.get(app.id);
      const known = twin ?? this.rendered.get(app.id)?.app;
      if (known !== undefined && isSame(known, app)) continue;
      const isFirst = known === undefined || (twin === undefined && this.#givesWay(known, app, rank));
      wanted.set(app.id, isFirst ? app : collision(app, known));
    }
    const results = await Promise.all([...wanted.values()].map((app) => this.#render(app)));
    for (const result of results) {
      this.rendered.set(result.app.id, result);
      this.#ranks.set(result.app.id, rank);
    }
    return results;
  }

  /** Adds what parents of this rank bring; the same objects, known from their files under another cluster, give way. */
  addChildren(children: readonly App[], rank: Rank): Promise<readonly Rendered[]> {
    for (const child of children) {
      const others = [...this.rendered.values()].filter(({ app }) => app.id !== child.id && isNamesake(app, child));
      for (const { app } of others) if (this.#givesWay(app, child, rank)) this.drop(app.id);
    }
    return this.add(children, rank);
  }

  /** Renders these again, for they were defined by what is known only now. */
  async again(apps: readonly App[]): Promise<readonly Rendered[]> {
    const results = await Promise.all(apps.map((app) => this.#render(app)));
    for (const result of results) this.rendered.set(result.app.id, result);
    return results;
  }

  #render(app: App): Promise<Rendered> {
    if (this.#run.defersElsewhere && isElsewhere(app.source))
      return Promise.resolve(failed(app, { code: 'deferred', reason: 'nothing of the change reaches it' }));
    return renderApp(app, this.#tree, this.#run);
  }

  #givesWay(known: App, app: App, rank: Rank): boolean {
    return (this.#ranks.get(known.id) ?? RANK.file) < rank && mayBeOneObject(known, app);
  }

  fail(app: App, reason: string): void {
    this.rendered.set(app.id, failed(app, { code: 'limit', reason }));
  }

  drop(id: string): void {
    this.rendered.delete(id);
  }
}
