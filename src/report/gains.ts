import type { Finding, Gain } from '../model/finding.ts';
import type { ObjectId } from '../model/manifest.ts';
import type { PolicyRule } from '../model/rbac.ts';
import { type Alike, alike, appsWords } from './alike.ts';
import { code } from './foreign.ts';
import { fixed, type Section } from './sections.ts';
import type { GainFinding, Tally } from './tally.ts';
import { objectWords, placeWords } from './wording.ts';

/** What a person reads of one row; the JSON report has the whole. */
const MAX_RULES = 6;
const MAX_WORDS = 6;
const MAX_ROWS = 100;

/** Makes a name harmless where it is shown: code in Markdown, escaped in HTML, plain in a terminal. */
export type Quote = (name: string) => string;

/** What has its row in the table is not listed once more. */
export function withoutGains(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ gain }) => gain === undefined);
}

/** Who gains what as a table, and, folded, who loses what. */
export function gainSections({ gained, lost, unplaced }: Tally): readonly Section[] {
  return [
    gainTable(gained, [`### Who gains what: ${alike(gained).length}`, ''], 'Gains', []),
    gainTable(lost, [`<details><summary>Who loses what: ${alike(lost).length}</summary>`, ''], 'Loses', [
      '',
      '</details>',
    ]),
    fixed(...unplacedLines(unplaced, code)),
  ];
}

/** What `the whole cluster` means where no cluster is named. */
export function unplacedLines(apps: readonly string[], quote: Quote): readonly string[] {
  if (apps.length === 0) return [];
  const verb = apps.length === 1 ? 'names' : 'name';
  return [
    `${appsWords(apps, quote)} ${verb} no cluster. Such apps are judged together, as if they shared one, and apart from the apps of every named cluster.`,
  ];
}

function gainTable(
  found: readonly GainFinding[],
  head: readonly string[],
  what: string,
  tail: readonly string[],
): Section {
  if (found.length === 0) return { head: [], items: [], tail: [], noun: '', most: 0 };
  const columns = [`| Who | ${what} | Where | Through | App |`, '| :-- | :-- | :-- | :-- | :-- |'];
  return { head: [...head, ...columns], items: alike(found).map(gainRow), tail, noun: 'row', most: MAX_ROWS };
}

function gainRow({ finding, apps }: Alike<GainFinding>): string {
  const { gain } = finding;
  const place = placeWords(finding);
  const through = `${throughText(gain, code)}${place === '' ? '' : `, written in ${code(place)}`}`;
  const cells = [subjectText(gain, code), rightsText(gain, code), scopeText(gain, code), through];
  return `| ${[...cells, appsWords(apps, (app) => code(app))].join(' | ')} |`;
}

const KINDS: Readonly<Record<string, string>> = { ServiceAccount: 'service account', User: 'user', Group: 'group' };

export function subjectText({ subject: { kind, namespace, name } }: Pick<Gain, 'subject'>, quote: Quote): string {
  const word = Object.hasOwn(KINDS, kind) ? (KINDS[kind] ?? '') : quote(kind);
  return `${word} ${quote(namespace === '' ? name : `${namespace}/${name}`)}`;
}

export function scopeText({ namespace }: Pick<Gain, 'namespace'>, quote: Quote): string {
  if (namespace === null) return 'the whole cluster';
  return namespace === '' ? 'the namespace of its app' : `namespace ${quote(namespace)}`;
}

/** `RoleBinding `shop/a` and Role `shop/b``; a role that aggregates is followed by the one that says the rules. */
export function throughText({ binding, role, writtenIn }: Gain, quote: Quote): string {
  const isOther = objectWords(role) !== objectWords(writtenIn);
  const bound = [...new Set([objectText(binding, quote), objectText(role, quote)])].join(' and ');
  return isOther ? `${bound}, which aggregates ${objectText(writtenIn, quote)}` : bound;
}

/** A name of Kubernetes has no slash: it is then the kind and the name of the object that an operator reads. */
function objectText(object: ObjectId, quote: Quote): string {
  const [kind, name] = object.name.split('/');
  return quote(kind === undefined || name === undefined ? objectWords(object) : `${kind} ${name}`);
}

/** `get, list` on `secrets`, `deployments.apps` named `a`; each list with its end said. */
export function rightsText({ rules, isCut }: Pick<Gain, 'rules' | 'isCut'>, quote: Quote): string {
  const left = rules.length - MAX_RULES;
  const parts = [
    ...rules.slice(0, MAX_RULES).map((rule) => ruleText(rule, quote)),
    ...(left > 0 ? [`${left} more`] : []),
    ...(isCut ? ['and more than can be listed'] : []),
  ];
  return parts.join('; ');
}

function ruleText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule, quote: Quote): string {
  const may = verbs.includes('*') ? 'every verb' : bounded(verbs, quote);
  if (nonResourceURLs.length > 0) return `${may} on ${bounded(nonResourceURLs, quote)}`;
  const names = resourceNames.length === 0 ? '' : ` named ${bounded(resourceNames, quote)}`;
  return `${may} on ${resourcesText(apiGroups[0] ?? '', resources, quote)}${names}`;
}

function resourcesText(group: string, resources: readonly string[], quote: Quote): string {
  if (resources.includes('*')) return everyKind(group, quote);
  if (group === '*') return `${bounded(resources, quote)} of every API group`;
  return bounded(
    resources.map((resource) => (group === '' ? resource : `${resource}.${group}`)),
    quote,
  );
}

function everyKind(group: string, quote: Quote): string {
  if (group === '*') return 'every kind of object';
  return group === '' ? 'every kind of the core group' : `every kind of ${quote(group)}`;
}

function bounded(words: readonly string[], quote: Quote): string {
  const left = words.length - MAX_WORDS;
  const shown = words
    .slice(0, MAX_WORDS)
    .map((word) => quote(word))
    .join(', ');
  return left > 0 ? `${shown} and ${left} more` : shown;
}
