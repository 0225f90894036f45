import { describe, expect, test } from '@jest/globals';
import { HOSTILE, verdictOf } from '../../test/builders/hostile.ts';
import { aFinding, anAppResult, aVerdict } from '../../test/builders/verdict.ts';
import { verdictFormat } from './index.ts';

const printed = (name: string, ...args: Parameters<typeof aVerdict>) =>
  verdictFormat(name)?.(aVerdict(...args), { color: false }) ?? '';

const FINDINGS = [
  aFinding(),
  aFinding({ blocking: false, severity: 'low', location: null, object: null }),
  aFinding({ blocking: false, severity: 'high', waivedBy: 'team-a: known' }),
  aFinding({ status: 'existing', pointer: '/x' }),
  aFinding({ status: 'fixed', pointer: '/y' }),
];

describe('SARIF', () => {
  const { runs } = JSON.parse(printed('sarif', { conclusion: 'failed', findings: FINDINGS })) as {
    runs: { results: Record<string, unknown>[]; tool: unknown; invocations: unknown }[];
  };
  const results = runs[0]?.results ?? [];

  test('has what is there, and not what is fixed', () => {
    expect(results.map(({ level, baselineState }) => [level, baselineState])).toEqual(
      expect.arrayContaining([
        ['error', 'new'],
        ['note', 'new'],
        ['warning', 'new'],
        ['error', 'unchanged'],
      ]),
    );
    expect(results).toHaveLength(4);
  });

  test('names file, lines and object', () => {
    expect(results.find(({ level }) => level === 'error')).toMatchObject({
      ruleId: 'rbac/wildcard',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'apps/shop/role.yaml' },
            region: { startLine: 4, endLine: 4 },
          },
          logicalLocations: [{ fullyQualifiedName: 'Application:production/argocd/shop ClusterRole deployer' }],
        },
      ],
    });
  });

  test('a waived finding is suppressed', () => {
    const suppressions = [{ kind: 'external', justification: 'team-a: known' }];
    expect(results.filter((one) => 'suppressions' in one)).toMatchObject([{ suppressions }]);
  });

  test('describes each rule once', () => {
    expect(runs[0]?.tool).toMatchObject({
      driver: { name: 'presync', rules: [{ id: 'rbac/wildcard', properties: { 'security-severity': '9.5' } }] },
    });
  });

  test('calls a rule by its title, and says where one can read more', () => {
    const look = {
      color: false,
      rules: new Map([['rbac/wildcard', { title: 'No wildcards', references: ['RFC 1', 'https://a.example'] }]]),
    };
    const text = verdictFormat('sarif')?.(aVerdict({ conclusion: 'failed', findings: FINDINGS }), look) ?? '';
    const [rule] = JSON.parse(text).runs[0].tool.driver.rules;
    expect(rule).toMatchObject({ shortDescription: { text: 'No wildcards' }, helpUri: 'https://a.example' });
    const [plain] = JSON.parse(printed('sarif', { conclusion: 'failed', findings: FINDINGS })).runs[0].tool.driver
      .rules;
    expect([plain.shortDescription.text, 'helpUri' in plain]).toEqual(['rbac/wildcard', false]);
  });

  test.each([
    ['it is bad', 'it is bad. Fix: Mend it.'],
    ['It is bad.', 'It is bad. Fix: Mend it.'],
    ['it says "no."', 'it says "no." Fix: Mend it.'],
  ])('ends the message %j before the fix', (message, expected) => {
    const findings = [aFinding({ message, fix: 'Mend it.', object: null })];
    const report = JSON.parse(printed('sarif', { conclusion: 'failed', findings }));
    expect(report.runs[0].results[0].message.text).toContain(expected);
  });

  test('is no success where something could not be checked', () => {
    const apps = [anAppResult({ outcome: 'errored', reason: 'no chart' })];
    const report = JSON.parse(printed('sarif', { conclusion: 'failed', apps }));
    expect(report.runs[0].invocations).toMatchObject([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [
          { message: { text: 'Application:production/argocd/shop could not be checked: no chart' } },
        ],
      },
    ]);
    expect(runs[0]?.invocations).toMatchObject([{ executionSuccessful: true }]);
  });

  test.each(HOSTILE)('whatever a stranger writes, paths are references: %s', (_, text) => {
    const report = verdictFormat('sarif')?.(verdictOf(text), { color: false }) ?? '';
    const uris = [...report.matchAll(/"uri": "([^"]*)"/g)].map(([, uri = '']) => uri);
    expect(uris.filter((uri) => !/^[\w%.!~*'()/-]*$/.test(uri))).toEqual([]);
  });
});

describe('JUnit', () => {
  const xml = printed('junit', {
    conclusion: 'failed',
    checks: [
      { id: 'rbac', outcome: 'failed', reason: '' },
      { id: 'images', outcome: 'skipped', reason: 'nothing to look at' },
    ],
    apps: [anAppResult({ outcome: 'errored', reason: 'no chart' })],
    findings: FINDINGS,
  });

  test('what blocks is a failure, what could not be checked an error', () => {
    expect(xml).toContain('<testsuites name="presync" tests="6" failures="1" errors="1" skipped="1">');
    expect(xml).toContain('<testsuite name="rbac" tests="4" failures="1" errors="0" skipped="0">');
    expect(xml).toContain('<skipped message="nothing to look at"/>');
    expect(xml).toContain('<error message="no chart"/>');
    expect(xml).toContain(
      '<failure type="rbac/wildcard (RB-012), critical" message="Every verb on every resource is granted.">',
    );
    expect(xml).toContain('apps/shop/role.yaml:4');
  });

  test('findings of no check that ran are kept', () => {
    const alone = printed('junit', { checks: [], findings: [aFinding()] });
    expect(alone).toContain('<testsuite name="rbac" tests="1" failures="1"');
  });

  test.each(HOSTILE)('whatever a stranger writes, it is well formed: %s', (_, text) => {
    const report = verdictFormat('junit')?.(verdictOf(text), { color: false }) ?? '';
    const tags = report.match(/<[^>]*>?/g) ?? [];
    const OURS =
      /^<(?:\?xml version="1.0" encoding="UTF-8"\?|\/?(?:testsuites|testsuite|testcase|failure|error|skipped|system-out)(?: [a-z]+="[^"<>]*")*\/?)>$/;
    expect(tags.filter((tag) => !OURS.test(tag))).toEqual([]);
    expect(report.replaceAll(/&(?:amp|lt|gt|quot);/g, '')).not.toContain('&');
    // oxlint-disable-next-line no-control-regex -- what XML cannot hold is looked for
    expect(report).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|\p{Cs}/u);
  });
});
