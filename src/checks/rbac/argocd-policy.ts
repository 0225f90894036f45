import { coversGlob, matchesGlob } from '../../model/glob.ts';
import type { Severity } from '../../model/severity.ts';
import { quoted } from './wording.ts';

/** A line of a policy of Argo CD: `p, who, resource, action, object, effect` or `g, who, role`. */
export interface PolicyLine {
  readonly kind: 'p' | 'g';
  readonly who: string;
  readonly rest: readonly string[];
}

/** How the words of a line are matched: `policy.matchMode` of argocd-rbac-cm. */
export interface Matching {
  readonly isRegex: boolean;
  /** The line is of a project, and so about its Applications alone. */
  readonly isOfProject: boolean;
}

/** What a line lets somebody do. */
export interface Allowed {
  /** Which row, and on what: in normal form. */
  readonly facet: string;
  /** After "may". */
  readonly what: string;
  readonly severity: Degree;
}

export type Degree = Extract<Severity, 'high' | 'medium' | 'low'>;

/** The lines that say something; commas within quotes part nothing, as Argo CD reads them (CSV). */
export function policyLines(text: string): readonly PolicyLine[] {
  return text.split('\n').flatMap((line) => {
    const [kind, who, ...rest] = wordsOf(line);
    return who !== undefined && (kind === 'p' || kind === 'g') ? [{ kind, who, rest }] : [];
  });
}

function wordsOf(line: string): readonly string[] {
  const words = [''];
  let isQuoted = false;
  for (const char of line) {
    if (char === '"') isQuoted = !isQuoted;
    else if (char === ',' && !isQuoted) words.push('');
    else words.push(`${words.pop() ?? ''}${char}`);
  }
  return words.map((word) => word.trim());
}

interface Row {
  readonly id: string;
  readonly resources: readonly string[];
  readonly actions: readonly string[];
  readonly severity: Degree;
  readonly what: string;
  /** Where any project will do, so will `default`, which limits nothing. */
  readonly isHighIfWide?: true;
}

/**
 * What actions of Argo CD lead to, by resource: https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/#rbac-model-structure,
 * and all there are: https://github.com/argoproj/argo-cd/blob/master/assets/builtin-policy.csv
 */
const ROWS: readonly Row[] = [
  {
    id: 'exec',
    resources: ['exec'],
    actions: ['create', 'debug'],
    severity: 'high',
    what: 'run commands in pods of',
  },
  {
    id: 'projects',
    resources: ['projects'],
    actions: ['create', 'update'],
    severity: 'high',
    what: 'change the limits of projects',
  },
  {
    id: 'clusters',
    resources: ['clusters'],
    actions: ['create', 'update'],
    severity: 'high',
    what: 'change clusters and their credentials:',
  },
  {
    id: 'accounts',
    resources: ['accounts'],
    actions: ['update'],
    severity: 'high',
    what: 'set passwords and tokens of the accounts',
  },
  {
    id: 'override',
    resources: ['applications'],
    actions: ['override'],
    severity: 'high',
    what: 'sync manifests of no repository to',
  },
  {
    id: 'write',
    resources: ['applications', 'applicationsets'],
    actions: ['create', 'update'],
    severity: 'medium',
    what: 'change what is deployed by',
    isHighIfWide: true,
  },
  {
    id: 'repositories',
    resources: ['repositories', 'write-repositories'],
    actions: ['create', 'update'],
    severity: 'medium',
    what: 'change repositories and their credentials:',
  },
  {
    id: 'trust',
    resources: ['gpgkeys', 'certificates'],
    actions: ['create', 'update', 'delete'],
    severity: 'medium',
    what: 'change trusted keys and certificates:',
  },
  {
    id: 'delete',
    resources: ['applications', 'applicationsets', 'projects', 'clusters', 'repositories', 'write-repositories'],
    actions: ['delete'],
    severity: 'medium',
    what: 'delete',
  },
  {
    id: 'sync',
    resources: ['applications'],
    actions: ['sync', 'rollback', 'action'],
    severity: 'low',
    what: 'sync, roll back or act on objects of',
  },
  { id: 'logs', resources: ['logs'], actions: ['get'], severity: 'low', what: 'read logs of' },
  { id: 'extensions', resources: ['extensions'], actions: ['invoke'], severity: 'low', what: 'call the extensions' },
];

/** What the line allows; nothing where it denies or only reads. */
export function allowedBy({ kind, who, rest }: PolicyLine, matching: Matching): readonly Allowed[] {
  const [resource = '', action = '', object = '', effect = 'allow'] = rest;
  if (kind !== 'p' || effect !== 'allow') return [];
  if (resource === '*' && action === '*')
    return [{ facet: facetOf({ who, id: EVERYTHING, object }, matching), what: 'do everything', severity: 'high' }];
  // `update/apps/Deployment/*` is the action on one object of the Application.
  const [verb = ''] = action.split('/', 1);
  const met = ROWS.filter(
    (row) =>
      row.resources.some((one) => mayMean(resource, one, matching)) &&
      row.actions.some((one) => mayMean(verb, one, matching)),
  );
  return met.map(({ id, severity, what, isHighIfWide }) => ({
    facet: facetOf({ who, id, object }, matching),
    what: `${what} ${quoted(object)}`,
    severity: isHighIfWide && isWide(object, matching) ? 'high' : severity,
  }));
}

/** Who may do what with which objects. */
export interface LineFact {
  readonly who: string;
  /** Of the row. */
  readonly id: string;
  readonly object: string;
}

const EVERYTHING = 'everything';
const APART = '\u0001';

/** Regular expressions are not compared with one another, so theirs is no fact that can be read again. */
function facetOf({ who, id, object }: LineFact, { isRegex }: Matching): string {
  return [who, id, object].join(isRegex ? ' ' : APART);
}

export function readFacet(facet: string): LineFact | undefined {
  const [who, id, object, ...rest] = facet.split(APART);
  return who === undefined || id === undefined || object === undefined || rest.length > 0
    ? undefined
    : { who, id, object };
}

/** Does the first, of the same somebody, allow all that the second does? Patterns of Argo CD know no `/`. */
export function coversFact(wide: LineFact, narrow: LineFact): boolean {
  if (wide.id !== narrow.id && wide.id !== EVERYTHING) return false;
  if (wide.object === narrow.object) return true;
  const [one = '', other = ''] = [wide, narrow].map(({ object }) => object.replaceAll(/\*+/g, '**'));
  return !/[?[{\\]/.test(one) && coversGlob(one, other);
}

/** What is more than a word or `*` is taken to match; a regular expression matches anywhere in the word. */
function mayMean(pattern: string, word: string, { isRegex }: Matching): boolean {
  if (/[^\w*-]/.test(pattern) || (isRegex && pattern.includes('*'))) return true;
  return isRegex ? word.includes(pattern) : matchesGlob(pattern, word);
}

function isWide(object: string, { isRegex, isOfProject }: Matching): boolean {
  const [project = ''] = object.split('/', 1);
  return !isOfProject && (isRegex || !/^[\w.-]+$/.test(project));
}

const DEGREES: readonly Degree[] = ['high', 'medium', 'low'];

export function worstOf(severities: readonly Degree[]): Degree | undefined {
  return DEGREES.find((one) => severities.includes(one));
}

/** How severe it is to have a role, by its own lines and those of the roles that it has itself. */
export function degreesOf(lines: readonly PolicyLine[], matching: Matching): ReadonlyMap<string, Degree> {
  const own = new Map<string, Degree[]>([['role:admin', ['high']]]);
  for (const line of lines) {
    const degrees = own.get(line.who) ?? [];
    degrees.push(...allowedBy(line, matching).map(({ severity }) => severity));
    own.set(line.who, degrees);
  }
  const holders = Map.groupBy(
    lines.filter(({ kind }) => kind === 'g'),
    ({ rest: [role = ''] }) => role,
  );
  const found = new Map<string, Degree>();
  for (const degree of DEGREES) {
    const waiting = [...own].filter(([, degrees]) => degrees.includes(degree)).map(([who]) => who);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (found.has(next)) continue;
      found.set(next, degree);
      for (const { who } of holders.get(next) ?? []) waiting.push(who);
    }
  }
  return found;
}
