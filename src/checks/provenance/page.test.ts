import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { RULES } from './index.ts';

const page = readFileSync(new URL('../../../docs/checks/provenance.md', import.meta.url), 'utf8');

test('docs/checks/provenance.md has a section for every rule, and for no other', () => {
  expect([...page.matchAll(/^## (.*)$/gm)].map(([, id]) => id)).toEqual(RULES.map(({ id }) => id));
});

test.each(RULES)(
  'the page says of $id what it is, how severe, why and what to do',
  ({ id, title, severity, why, fix }) => {
    const section = page.split(/^## /m).find((text) => text.startsWith(`${id}\n`)) ?? '';
    for (const part of [`**${title}.**`, `- Severity: ${severity}`, `- Why: ${why}`, `- Fix: ${fix}`])
      expect(section).toContain(part);
  },
);

test.each(RULES)('$id blocks or advises as its page says', ({ id, enforcement }) => {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${id}\n`)) ?? '';
  expect(/- Severity: \w+\. (Blocks|Advice)/.exec(section)?.[1]).toBe(enforcement === 'advice' ? 'Advice' : 'Blocks');
});
