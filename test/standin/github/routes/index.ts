import type { Route } from '../call.ts';
import { compileTemplate, type Template } from '../template.ts';
import { APP_ROUTES } from './app.ts';
import { ATTESTATIONS } from './attestations.ts';
import { CHECK_RUNS } from './check-runs.ts';
import { COMMENTS } from './comments.ts';
import { DELIVERIES } from './deliveries.ts';
import { GIT_DATA } from './git-data.ts';
import { MISC } from './misc.ts';
import { PULLS } from './pulls.ts';

/** Every operation that is answered; any other one is a violation (`unknown`). */
const ROUTES: readonly Route[] = [
  ...APP_ROUTES,
  ...DELIVERIES,
  ...CHECK_RUNS,
  ...PULLS,
  ...COMMENTS,
  ...GIT_DATA,
  ...MISC,
  ...ATTESTATIONS,
];

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

interface Compiled {
  readonly route: Route;
  readonly method: string;
  readonly template: Template;
}

export type Router = (method: string, path: string) => Found | undefined;

export function createRouter(): Router {
  const compiled: readonly Compiled[] = ROUTES.map((route) => {
    const [method = '', path = ''] = route.key.split(' ');
    return { route, method, template: compileTemplate(path) };
  }).toSorted((a, b) => b.template.weight - a.template.weight);
  return (method, path) => {
    for (const { route, method: wanted, template } of compiled) {
      const params = wanted === method ? template.match(path) : undefined;
      if (params) return { route, params };
    }
    return undefined;
  };
}
