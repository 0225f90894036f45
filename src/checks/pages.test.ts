import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Rule } from './check.ts';
import { RULES as IMAGES } from './images/index.ts';
import { RULES as POLICY } from './policy/index.ts';
import { RULES as PROVENANCE } from './provenance/index.ts';

/** Families whose pages are written by hand; that of rbac is made from its rules. */
const FAMILIES: readonly (readonly [string, readonly Omit<Rule, 'hits'>[]])[] = [
  ['policy', POLICY],
  ['images', IMAGES],
  ['provenance', PROVENANCE],
];

describe.each(FAMILIES)('docs/checks/%s.md', (family, rules) => {
  const page = readFileSync(new URL(`../../docs/checks/${family}.md`, import.meta.url), 'utf8');
  const sectionOf = (id: string) => page.split(/^## /m).find((text) => text.startsWith(`${id}\n`)) ?? '';

  test('has a section for every rule, and for no other', () => {
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, id]) => id)).toEqual(rules.map(({ id }) => id));
  });

  test.each(rules)('says of $id what it is, how severe, why and what to do', ({ id, title, severity, why, fix }) => {
    for (const part of [`**${title}.**`, `- Severity: ${severity}`, `- Why: ${why}`, `- Fix: ${fix}`])
      expect(sectionOf(id)).toContain(part);
  });

  test.each(rules)('says whether $id blocks or advises', ({ id, enforcement }) => {
    const said = /- Severity: \w+\. (Blocks|Advice)/.exec(sectionOf(id))?.[1];
    expect(said).toBe(enforcement === 'advice' ? 'Advice' : 'Blocks');
  });
});
