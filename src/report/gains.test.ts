import { describe, expect, test } from '@jest/globals';
import { lexer } from 'marked';
import { aFinding, aGain, aGainFinding, anAppResult, aVerdict } from '../../test/builders/verdict.ts';
import type { Gain } from '../model/finding.ts';
import type { PolicyRule } from '../model/rbac.ts';
import { checkRunReport } from './check-run.ts';
import { rightsText, scopeText, subjectText, throughText } from './gains.ts';
import { verdictFormat } from './index.ts';

const NONE: PolicyRule = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
const on = (rule: Partial<PolicyRule>) =>
  rightsText(aGain({ rules: [{ ...NONE, verbs: ['get'], apiGroups: [''], ...rule }] }), bare);

function bare(name: string): string {
  return `<${name}>`;
}

function format(name: string, findings: Parameters<typeof aVerdict>[0]): string {
  return verdictFormat(name)?.(aVerdict(findings), { color: false }) ?? '';
}

const many = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);

describe('what is gained, in a few words', () => {
  test.each<[string, Partial<PolicyRule>, string]>([
    ['of the core', { resources: ['secrets'] }, '<get> on <secrets>'],
    ['of a group', { apiGroups: ['apps'], resources: ['deployments'] }, '<get> on <deployments.apps>'],
    ['of every group', { apiGroups: ['*'], resources: ['jobs'] }, '<get> on <jobs> of every API group'],
    ['everything', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, 'every verb on every kind of object'],
    ['a whole group', { apiGroups: ['apps'], resources: ['*'] }, '<get> on every kind of <apps>'],
    ['the whole core', { resources: ['*'] }, '<get> on every kind of the core group'],
    ['by name', { resources: ['secrets'], resourceNames: ['a', 'b'] }, '<get> on <secrets> named <a>, <b>'],
    ['paths', { apiGroups: [], nonResourceURLs: ['/metrics'] }, '<get> on </metrics>'],
    ['six resources', { resources: many(6) }, '<get> on <r0>, <r1>, <r2>, <r3>, <r4>, <r5>'],
    ['seven', { resources: many(7) }, '<get> on <r0>, <r1>, <r2>, <r3>, <r4>, <r5> and 1 more'],
  ])('%s', (_, rule, expected) => {
    expect(on(rule)).toBe(expected);
  });

  test('what is left out is counted, and what could not be listed is said', () => {
    const rules = many(8).map((resource) => ({ ...NONE, verbs: ['get'], apiGroups: [''], resources: [resource] }));
    expect(rightsText(aGain({ rules, isCut: true }), bare)).toMatch(/<r5>; 2 more; and more than can be listed$/);
  });

  test.each<[Gain['subject'], string]>([
    [{ kind: 'ServiceAccount', namespace: 'a', name: 'b' }, 'service account <a/b>'],
    [{ kind: 'Group', namespace: '', name: 'dev' }, 'group <dev>'],
    [{ kind: 'User', namespace: '', name: 'eve' }, 'user <eve>'],
    [{ kind: 'toString', namespace: '', name: 'x' }, '<toString> <x>'],
  ])('%j', (subject, expected) => {
    expect(subjectText({ subject }, bare)).toBe(expected);
  });

  test.each([
    [null, 'the whole cluster'],
    ['', 'the namespace of its app'],
    ['shop', 'namespace <shop>'],
  ])('in %j', (namespace, expected) => {
    expect(scopeText({ namespace }, bare)).toBe(expected);
  });

  test('the role that a bound one aggregates is named', () => {
    const writtenIn = { ...aGain().role, name: 'part' };
    expect(throughText(aGain({ writtenIn }), bare)).toBe(
      '<ClusterRoleBinding web-reader> and <ClusterRole reader>, which aggregates <ClusterRole part>',
    );
  });
});

test('what an operator makes of one object is named as that object', () => {
  const made = { ...aGain().role, name: 'SecurityContextConstraints/restricted/groups' };
  expect(throughText(aGain({ binding: made, role: made, writtenIn: made }), bare)).toBe(
    '<SecurityContextConstraints restricted>',
  );
});

describe('the table', () => {
  const lost = aGainFinding({ namespace: 'shop' }, { status: 'fixed', location: null });

  test('in Markdown: a row for each who gains, those who lose folded, and none of them as advice', () => {
    const markdown = format('markdown', { findings: [aGainFinding(), lost] });
    expect(markdown).toContain(`### Who gains what: 1

| Who | Gains | Where | Through | App |
| :-- | :-- | :-- | :-- | :-- |
| service account \`shop/web\` | \`get\`, \`list\` on \`secrets\` | the whole cluster | \`ClusterRoleBinding web-reader\` and \`ClusterRole reader\`, written in \`apps/shop/role.yaml:4\` | \`Application:production/argocd/shop\` |
`);
    expect(markdown).toContain('<details><summary>Who loses what: 1</summary>');
    expect(markdown).not.toContain('### Advice');
    expect(markdown).not.toContain('fixed by this change');
  });

  test('in the check run too', () => {
    const { report } = checkRunReport(aVerdict({ findings: [aGainFinding()] }), { hunks: [] });
    expect(report.summary).toContain('### Who gains what: 1');
    expect(report.title).toBe('Passed: 1 app, 1 object changed, 1 remark');
  });

  test('in a terminal', () => {
    expect(format('text', { findings: [aGainFinding(), lost] })).toContain(`Who gains what (1)
  service account shop/web: get, list on secrets
    the whole cluster, by ClusterRoleBinding web-reader and ClusterRole reader, in Application:production/argocd/shop
    written at apps/shop/role.yaml:4

Who loses what (1)
`);
  });

  test('other advice keeps its section and its count', () => {
    const markdown = format('markdown', { findings: [aGainFinding(), aFinding({ blocking: false })] });
    expect(markdown).toContain('### Advice: 1');
  });

  test('the whole cluster comes before its namespaces, accounts stand together', () => {
    const rows = [
      aGainFinding({ namespace: 'b' }),
      aGainFinding({ namespace: null }),
      aGainFinding({ namespace: 'a' }),
    ];
    const markdown = format('markdown', { findings: rows });
    expect([...markdown.matchAll(/on `secrets` \| ([^|]+) \|/g)].map(([, where]) => where)).toEqual([
      'the whole cluster',
      'namespace `a`',
      'namespace `b`',
    ]);
  });

  test.each([
    ['markdown', '`a` names no cluster. Such'],
    ['text', 'a names no cluster. Such'],
    ['html', '<code>a</code> names no cluster. Such'],
  ])('in %s it says of which apps nobody knows the cluster', (name, expected) => {
    const apps = [
      anAppResult({ id: 'a', cluster: '' }),
      anAppResult({ id: 'b' }),
      anAppResult({ id: 'c', cluster: '' }),
    ];
    const findings = [aGainFinding({}, { app: 'a' }), aGainFinding({}, { app: 'b' })];
    expect(format(name, { findings, apps })).toContain(expected);
    expect(format(name, { findings: findings.slice(1), apps })).not.toContain('no cluster');
  });

  test('is bounded, and says what is left out', () => {
    const findings = many(101).map((name) => aGainFinding({ subject: { kind: 'User', namespace: '', name } }));
    expect(format('markdown', { findings })).toContain('… and 1 more row.');
    expect(format('text', { findings })).toContain('… and 1 more; --format json has all');
  });

  test('has five columns, whatever the names are', () => {
    const name = 'a|b\n| c |\\|`';
    const markdown = format('markdown', {
      findings: [aGainFinding({ subject: { kind: name, namespace: name, name } }, { app: name })],
    });
    const table = lexer(markdown).find((token) => token.type === 'table' && token.raw.startsWith('| Who'));
    expect(table).toMatchObject({ rows: [{ length: 5 }] });
    expect(table?.type === 'table' && table['rows']).toHaveLength(1);
  });

  test('in JSON: as data, with the names of the contract alone', () => {
    const more = { ...aGain(), secret: 'x' };
    const { findings } = JSON.parse(format('json', { findings: [aGainFinding(more)] })) as { findings: unknown[] };
    expect(findings).toMatchObject([{ gain: aGain() }]);
    expect(JSON.stringify(findings)).not.toContain('"secret"');
  });
});
