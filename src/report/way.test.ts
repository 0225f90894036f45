import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { hostileText } from '../../test/builders/hostile.ts';
import { aFinding, aPathStep, aVerdict } from '../../test/builders/verdict.ts';
import { checkRunReport } from './check-run.ts';
import { verdictFormat } from './index.ts';
import { mermaid } from './mermaid.ts';

const path = [
  aPathStep({
    from: 'Deployment `web`',
    text: 'runs as `shop/web`',
    location: { file: 'web.yaml', line: 4, endLine: 4 },
  }),
  aPathStep({
    from: 'service account `shop/web`',
    to: 'cluster-admin',
    text: 'service account `shop/web` may bind any role, and so becomes cluster-admin',
    object: null,
  }),
];
const verdict = aVerdict({ findings: [aFinding({ path })] });
const printed = (name: string) => verdictFormat(name)?.(verdict, { color: false }) ?? '';

const STEPS = `
  1. runs as \`shop/web\`, by \`Deployment shop/web\`, written in \`web.yaml:4\`
  2. service account \`shop/web\` may bind any role, and so becomes cluster-admin
`;
const PICTURE = `
  \`\`\`mermaid
  flowchart TD
  n0["Deployment web"]
  n0 -->|"runs as shop/web<br/>Deployment shop/web<br/>web.yaml:4"| n1["service account shop/web"]
  n1 -->|"may bind any role"| n2["cluster-admin"]
  \`\`\`
`;

describe('the way that leads to a finding', () => {
  test('in Markdown: its steps and a picture', () => {
    expect(printed('markdown')).toContain(`written in \`apps/shop/role.yaml:4\`\n${STEPS}${PICTURE}\n  **Why:**`);
  });

  test('in a check run: its steps; GitHub does not say that it draws there', () => {
    const { report } = checkRunReport(verdict, { hunks: [] });
    expect(report.summary).toContain(`${STEPS}\n  **Why:**`);
    expect(report.summary).not.toContain('mermaid');
  });

  test('in a comment: both', () => {
    const hunks = [{ file: 'apps/shop/role.yaml', oldStart: 0, oldLines: 0, newStart: 1, newLines: 9 }];
    const { comments } = checkRunReport(verdict, { hunks });
    expect(comments[0]?.body.replaceAll(/^/gm, '  ')).toContain(`${STEPS.trim()}\n  ${PICTURE}`);
  });

  test('in a terminal: its steps', () => {
    expect(printed('text')).toContain(`
      1. runs as \`shop/web\`, by Deployment shop/web, written in web.yaml:4
      2. service account \`shop/web\` may bind any role, and so becomes cluster-admin
`);
  });

  test('long ways are cut, and it is said', () => {
    const long = Array.from({ length: 25 }, () => aPathStep());
    const markdown = verdictFormat('markdown')?.(aVerdict({ findings: [aFinding({ path: long })] }), { color: false });
    expect(markdown).toContain('21. … and 5 more');
    expect(markdown).toContain('n20 -.-> more["5 more steps"]');
  });
});

test('an object that the sentence names is not said once more', () => {
  const object = { apiVersion: 'v1', kind: 'RoleBinding', namespace: 'shop', name: 'it' };
  const step = aPathStep({ text: 'can read Secrets, by RoleBinding `it`', object });
  const markdown = verdictFormat('markdown')?.(aVerdict({ findings: [aFinding({ path: [step] })] }), { color: false });
  expect(markdown).toContain('1. can read Secrets, by RoleBinding `it`\n');
  expect(markdown).toContain('-->|"can read Secrets<br/>RoleBinding shop/it"|');
});

describe('Mermaid', () => {
  const LABEL = String.raw`"(?:[A-Za-z0-9 ./:,()-]|#\d+;|<br/>)+"`;
  const LINE = new RegExp(String.raw`^n\d+(?:\[${LABEL}\]| -->\|${LABEL}\| n\d+\[${LABEL}\])$`);

  test('whatever the names are, each line is a node or an arrow', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (name, text) => {
        const object = { apiVersion: '', kind: name, namespace: text, name };
        const location = { file: text, line: 1, endLine: 2 };
        const lines = mermaid([aPathStep({ from: name, to: text, text, object, location })]);
        expect(lines.slice(0, 2)).toEqual(['```mermaid', 'flowchart TD']);
        expect(lines.at(-1)).toBe('```');
        expect(lines.slice(2, -1).filter((line) => !LINE.test(line))).toEqual([]);
      }),
    );
  });

  test('nothing is drawn of nothing', () => {
    expect(mermaid([])).toEqual([]);
  });
});
