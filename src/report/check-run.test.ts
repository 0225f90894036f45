import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { hostileText, verdictOf } from '../../test/builders/hostile.ts';
import { SHOP } from '../../test/builders/manifest.ts';
import { markdownFacts } from '../../test/builders/markdown-facts.ts';
import {
  aDifference,
  aFinding,
  anAppResult,
  anObjectChange,
  aPathStep,
  aVerdict,
} from '../../test/builders/verdict.ts';
import type { Hunk } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { Verdict } from '../model/verdict.ts';
import { checkRunReport } from './check-run.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const FILE = 'apps/shop/role.yaml';
const hunk = (newStart: number, newLines: number, file = FILE): Hunk => ({
  file,
  oldStart: 0,
  oldLines: 0,
  newStart,
  newLines,
});
const at = (line: number, endLine = line, file = FILE): Finding['location'] => ({ file, line, endLine });

function many<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function report(given: Partial<Verdict>, hunks: readonly Hunk[] = []): ReturnType<typeof checkRunReport> {
  return checkRunReport(aVerdict(given), { hunks });
}

test.each([
  ['passed', 'success'],
  ['failed', 'failure'],
  ['errored', 'failure'],
] as const)('%s is %s to GitHub', (conclusion, expected) => {
  expect(report({ conclusion }).conclusion).toBe(expected);
});

test('the whole of it', () => {
  const { report: run } = report({
    conclusion: 'failed',
    notes: ['All apps point elsewhere.'],
    apps: [
      anAppResult({ id: 'Chart:/web' }),
      anAppResult({ outcome: 'failed', objects: { added: 0, changed: 1, removed: 1, total: 2 } }),
      anAppResult({ change: 'unchanged', outcome: 'skipped' }),
    ],
    changes: [
      anObjectChange({ differences: [aDifference(), aDifference({ path: 'metadata.labels.chart', noise: true })] }),
      anObjectChange({
        change: 'removed',
        object: { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'shop' },
        differences: [],
      }),
    ],
    checks: [{ id: 'rbac', outcome: 'failed', reason: '1 new blocking finding' }],
    findings: [
      aFinding(),
      aFinding({
        blocking: false,
        severity: 'low',
        message: 'Small.',
        why: '',
        fix: '',
        alias: '',
        pointer: '',
        object: null,
        app: '',
        location: null,
      }),
      aFinding({ status: 'fixed' }),
    ],
    images: [
      { ref: 'ghcr.io/acme/db:1', digest: DIGEST, status: 'verified', signer: 'acme | shop', apps: [SHOP] },
      {
        ref: 'ghcr.io/acme/web:1',
        digest: null,
        status: 'unsigned',
        signer: null,
        note: 'sign it: `cosign sign`',
        apps: [SHOP],
      },
    ],
  });
  expect(run.title).toBe('1 blocking finding in 1 app');
  expect(run.summary).toBe(`\
**1 blocking finding in 1 app.** Fix the blocking findings below, or have them accepted by a waiver on the base branch.

All apps point elsewhere.

- Removes 1 object: \`Namespace shop\`.
- \`ClusterRole deployer\`: Every verb on every resource is granted.

| App | Change | Added | Changed | Removed | Outcome |
| :-- | :-- | --: | --: | --: | :-- |
| \`Application:production/argocd/shop\` | changed | 0 | 1 | 1 | **failed** |
| \`Chart:/web\` | changed | 0 | 1 | 0 | passed |

1 app not affected.

### Blocking: 1

<details open><summary><code>Application:production/argocd/shop</code>: 1</summary>

- \`ClusterRole deployer\`: Every verb on every resource is granted.  
  at \`/rules/0\`, written in \`apps/shop/role.yaml:4\`  
  **Why:** Whoever has it owns the cluster.  
  **Fix:** Name the verbs that are needed.  
  \`rbac/wildcard (RB-012), critical\`

</details>

### Advice: 1

<details><summary>this change: 1</summary>

- Small.  
  \`rbac/wildcard, low\`

</details>

Besides, 1 is fixed by this change; none of these blocks.

<details><summary>2 images</summary>

| Image | Provenance | Who stands behind it, or what is missing |
| :-- | :-- | :-- |
| \`ghcr.io/acme/db:1\` | verified | \`acme \\u007c shop\`; as \`@${DIGEST}\` |
| \`ghcr.io/acme/web:1\` | unsigned | sign it: \`cosign sign\` |

</details>

<details><summary>1 check</summary>

| Check | Outcome | |
| :-- | :-- | :-- |
| \`rbac\` | failed | 1 new blocking finding |

</details>

Merge of \`bbbbbbbbbbbb\` into \`aaaaaaaaaaaa\`, rendered with helm 4.3.1.
`);
  expect(run.text).toBe(`\
### What would be applied: 2 objects

<details><summary><code>Application:production/argocd/shop</code>: 1 changed and 1 removed</summary>

\`\`\`diff
- Namespace shop
\`\`\`

\`\`\`diff
~ Deployment shop/web
- spec.replicas: 1
+ spec.replicas: 2
\`\`\`

1 line is folded: chart and version labels, checksums, and values that each render makes anew.

</details>
`);
});

test('what could not be checked stands above the table, with its reason', () => {
  const { report: run } = report({
    conclusion: 'errored',
    apps: [
      anAppResult({
        outcome: 'errored',
        reason: 'no chart',
        objects: { added: 0, changed: 0, removed: 0, total: null },
      }),
    ],
    changes: [],
    checks: [],
  });
  expect(run.summary).toContain(`### Could not be checked: 1\n\n- \`${SHOP}\`: no chart\n\n| App`);
  expect(run.summary).toContain(`| \`${SHOP}\` | changed | ? | ? | ? | **could not be checked** |`);
  expect(run.text).toBe('');
});

test('a caBundle that changed is shown, whatever else is folded (A38)', () => {
  const differences = [
    aDifference({ path: 'webhooks[a].clientConfig.caBundle', before: 'x', after: 'y' }),
    aDifference({ noise: true }),
  ];
  expect(report({ changes: [anObjectChange({ differences })] }).report.text).toContain(
    '+ webhooks[a].clientConfig.caBundle: "y"',
  );
});

test('secrets in sentences are masked', () => {
  const message = 'helm said: password: hunter2';
  const content = report({ findings: [aFinding({ message })], notes: [message] }, [hunk(1, 9)]);
  expect(JSON.stringify(content)).not.toContain('hunter2');
  expect(content.comments).toHaveLength(1);
});

describe('annotations', () => {
  test.each([
    [{}, 'failure'],
    [{ blocking: false }, 'warning'],
    [{ blocking: false, severity: 'medium' }, 'warning'],
    [{ blocking: false, severity: 'low' }, 'notice'],
    [{ blocking: false, waivedBy: 'x' }, 'notice'],
  ] as const)('%j has the level %s', (given, level) => {
    expect(report({ findings: [aFinding(given)] }).report.annotations).toEqual([
      {
        path: FILE,
        startLine: 4,
        endLine: 4,
        level,
        title: 'rbac/wildcard (RB-012)',
        message:
          'ClusterRole deployer: Every verb on every resource is granted.\nWhy: Whoever has it owns the cluster.\nFix: Name the verbs that are needed.',
      },
    ]);
  });

  test.each([
    ['no line', aFinding({ location: null })],
    ['no file', aFinding({ location: at(1, 1, '') })],
    ['existed before', aFinding({ status: 'existing' })],
    ['is fixed', aFinding({ status: 'fixed' })],
  ])('a finding that has or %s gets none', (_, finding) => {
    expect(report({ findings: [finding] }, [hunk(1, 9), hunk(1, 9, '')])).toMatchObject({
      report: { annotations: [] },
      comments: [],
    });
  });

  test('lines start at 1 and do not run backwards (C4)', () => {
    const { annotations } = report({
      findings: [aFinding({ location: at(0, -3) }), aFinding({ location: at(5, 2) })],
    }).report;
    expect(annotations.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
      [1, 1],
      [5, 5],
    ]);
  });

  test('beyond a thousand they are counted', () => {
    const { summary, annotations } = report({
      findings: many(1002, (index) => aFinding({ pointer: `/${index}` })),
    }).report;
    expect(annotations).toHaveLength(1000);
    expect(summary).toContain('2 findings have no annotation.');
  });
});

function bodies(findings: readonly Finding[]): readonly string[] {
  return report({ findings }, [hunk(1, 9)]).comments.map(({ body }) => body);
}

describe('comments', () => {
  test('say what, why and what to do', () => {
    const { comments, reviewBody } = report({ conclusion: 'failed', findings: [aFinding({ location: at(4, 6) })] }, [
      hunk(4, 3),
    ]);
    expect(comments).toEqual([
      {
        path: FILE,
        startLine: 4,
        line: 6,
        body: '**Blocking** (`rbac/wildcard (RB-012), critical`)  \n`ClusterRole deployer`: Every verb on every resource is granted.\n\n**Why:** Whoever has it owns the cluster.\n\n**Fix:** Name the verbs that are needed.',
      },
    ]);
    expect(reviewBody).toBe('**1 blocking finding in 1 app.** The check run `presync` has the whole report.');
  });

  test.each([
    ['just before the hunk', at(3), hunk(4, 3), 0],
    ['on its first line', at(4), hunk(4, 3), 1],
    ['on its last line', at(6), hunk(4, 3), 1],
    ['just after it', at(7), hunk(4, 3), 0],
    ['in another file', at(4), hunk(4, 3, 'b'), 0],
    ['where lines were only removed', at(4), hunk(4, 0), 0],
  ])('a finding %s', (_, location, lines, count) => {
    const { comments, reviewBody } = report({ findings: [aFinding({ location })] }, [lines]);
    expect(comments).toHaveLength(count);
    expect(reviewBody === '').toBe(count === 0);
  });

  test('start and end lie in one hunk, or GitHub refuses the review (R2)', () => {
    expect(
      report({ findings: [aFinding({ location: at(5, 40) })] }, [hunk(4, 3), hunk(30, 20)]).comments,
    ).toMatchObject([{ startLine: 5, line: 6 }]);
  });

  test('a line that is known to the character is offered as it should be', () => {
    const line = `  image: ghcr.io/acme/web:1@${DIGEST}`;
    const block = `\n\n\`\`\`suggestion\n${line}\n\`\`\``;
    const suggested = aFinding({ location: at(5), suggestion: line });
    const [comment] = report({ findings: [suggested, aFinding({ location: at(5) })] }, [hunk(4, 3)]).comments;
    expect(comment?.body.endsWith(block)).toBe(true);
    const twice = report({ findings: [suggested, suggested] }, [hunk(4, 3)]).comments;
    expect(twice[0]?.body.split('```suggestion')).toHaveLength(2);
    // GitHub puts the line in place of all lines of the comment.
    const longer = report({ findings: [suggested, aFinding({ location: at(5, 6) })] }, [hunk(4, 3)]).comments;
    expect(longer[0]?.body).not.toContain('suggestion');
    for (const other of ['  image: a@everyone', '  image: <!-- x', '  image: a\u202e'])
      expect(
        report({ findings: [aFinding({ location: at(5), suggestion: other })] }, [hunk(4, 3)]).comments[0]?.body,
      ).not.toContain('suggestion');
  });

  test('what is accepted by a waiver is not commented', () => {
    expect(report({ findings: [aFinding({ blocking: false, waivedBy: 'x' })] }, [hunk(1, 9)]).comments).toEqual([]);
  });

  test('findings of one line share a comment, the heaviest first', () => {
    const findings = [
      aFinding({ blocking: false, message: 'Small.' }),
      aFinding({ message: 'Large.' }),
      ...many(5, () => aFinding({ blocking: false, severity: 'low' })),
    ];
    const { comments } = report({ findings }, [hunk(1, 9)]);
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toMatch(
      /^\*\*Blocking\*\*.*\n.*Large\.[\s\S]*Advice[\s\S]*Small\.[\s\S]*… and 2 more on this line; see the check run\.$/,
    );
  });

  test('a comment holds as many findings as GitHub takes (R4)', () => {
    // Two units of UTF-16 that are shown as nine characters.
    const message = String.fromCodePoint(0x33c7a).repeat(1000);
    const step = aPathStep({ from: message, to: message, text: message });
    const long = aFinding({ message, why: message, fix: message });
    const [several = ''] = bodies([long, long, long]);
    expect(Buffer.byteLength(several)).toBeLessThanOrEqual(65_536);
    expect(several).toMatch(/… and 2 more on this line; see the check run\.$/);
    const [way = ''] = bodies([
      { ...long, path: many(20, () => step) },
      aFinding({ message: 'Small.', severity: 'low' }),
    ]);
    expect(Buffer.byteLength(way)).toBeLessThanOrEqual(65_536);
    expect(way).toContain('**Why:**');
    expect(way).toContain('Small.');
    const suggestion = 'a'.repeat(66_000);
    expect(bodies([aFinding({ suggestion })])[0]).not.toContain('suggestion');
  });

  test('ten at most, blocking ones first, and the summary counts the rest', () => {
    const findings = many(12, (index) => aFinding({ location: at(index + 1), blocking: index > 3, severity: 'high' }));
    const { comments, report: run } = report({ conclusion: 'failed', findings }, [hunk(1, 20)]);
    expect(comments.map(({ line }) => line)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 1, 2]);
    expect(run.summary).toContain(
      '2 more lines of this change have findings without a comment; all findings stand below.',
    );
  });
});

/** Large in every direction: names, apps, findings, differences. */
const large = fc.record({
  text: hostileText,
  apps: fc.integer({ min: 0, max: 120 }),
  findings: fc.integer({ min: 0, max: 120 }),
  repeat: fc.constantFrom(1, 50, 1000),
});

function largeVerdict({
  text,
  apps,
  findings,
  repeat,
}: {
  readonly text: string;
  readonly apps: number;
  readonly findings: number;
  readonly repeat: number;
}): Verdict {
  const long = text.repeat(repeat);
  const base = verdictOf(long);
  return {
    ...base,
    apps: [...base.apps, ...many(apps, (index) => anAppResult({ id: `${index}${long}` }))],
    changes: [
      ...base.changes,
      ...many(apps, (index) =>
        anObjectChange({ app: `${index % 7}`, differences: many(60, () => aDifference({ path: long, before: long })) }),
      ),
    ],
    findings: [
      ...base.findings,
      ...base.findings.map((one): Finding => ({ ...one, status: 'new', location: at(1, 2, long) })),
      ...many(findings, (index) =>
        aFinding({
          app: `${index % 5}${long}`,
          message: long,
          blocking: index % 2 === 0,
          location: at(index + 1, index + 1, long || 'a'),
        }),
      ),
    ],
  };
}

function said(pattern: RegExp, text: string): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

describe('whatever the size', () => {
  test('GitHub takes it: limits hold, and nothing is left open (C3, C4, R4, U5)', () => {
    fc.assert(
      fc.property(large, (size) => {
        const verdict = largeVerdict(size);
        const {
          report: run,
          comments,
          reviewBody,
        } = checkRunReport(verdict, {
          hunks: verdict.findings.flatMap(({ location }) => (location === null ? [] : [hunk(1, 999, location.file)])),
        });
        expect(run.title.length).toBeLessThanOrEqual(255);
        expect(comments.length).toBeLessThanOrEqual(10);
        for (const { title, message } of run.annotations) {
          expect(title.length).toBeLessThanOrEqual(255);
          expect(Buffer.byteLength(message)).toBeLessThanOrEqual(65_536);
        }
        for (const markdown of [run.summary, run.text, reviewBody, ...comments.map(({ body }) => body)]) {
          expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(65_535);
          const { elements } = markdownFacts(markdown);
          expect(elements.filter((one) => one.startsWith('details'))).toHaveLength(
            elements.filter((one) => one === '/details').length,
          );
        }
      }),
      { numRuns: 12 },
    );
  });

  test('title, summary and annotations tell the same numbers (U10)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 5 }),
        (blocking, advice, broken) => {
          const findings = [
            ...many(blocking, (index) => aFinding({ location: at(index + 1) })),
            ...many(advice, () => aFinding({ blocking: false, severity: 'low' })),
          ];
          const apps = [anAppResult(), ...many(broken, (index) => anAppResult({ id: `${index}`, outcome: 'errored' }))];
          const { report: run } = report({ conclusion: 'failed', findings, apps });
          const level = (name: string) => run.annotations.filter(({ level: one }) => one === name).length;
          expect([
            said(/^(\d+) blocking/, run.title),
            said(/### Blocking: (\d+)/, run.summary),
            level('failure'),
          ]).toEqual([blocking, blocking, blocking]);
          expect([said(/### Advice: (\d+)/, run.summary), level('notice')]).toEqual([advice, advice]);
          expect([said(/checked: (\d+) of/, run.title), said(/### Could not be checked: (\d+)/, run.summary)]).toEqual([
            broken,
            broken,
          ]);
        },
      ),
    );
  });

  test('what was left out is counted', () => {
    const { report: run } = report({
      apps: many(150, (index) => anAppResult({ id: `app-${index}` })),
      changes: many(2000, (index) => anObjectChange({ app: `${index}` })),
    });
    expect(run.summary).toContain('… and 50 more apps.');
    const shown = run.text.split('<details>').length - 1;
    expect(run.text).toContain(
      `… and ${(2000 - shown).toLocaleString('en-US')} more sections, for which there is no room here; \`presync check\` prints all.`,
    );
  });

  test('a list is cut between its items, with a count', () => {
    const { text } = report({ changes: many(2000, () => anObjectChange()) }).report;
    const shown = text.split('```diff').length - 1;
    expect(shown).toBeGreaterThan(500);
    expect(text).toContain(`\`\`\`\n\n… and ${(2000 - shown).toLocaleString('en-US')} more objects.\n\n</details>\n`);
  });
});
