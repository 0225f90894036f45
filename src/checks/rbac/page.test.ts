import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { rbacPage } from '../../../scripts/rbac-page.ts';
import { RULES, WHOLE_RULES } from './index.ts';

const page = readFileSync(new URL('../../../docs/checks/rbac.md', import.meta.url), 'utf8');

test('docs/checks/rbac.md is what scripts/rbac-page.ts makes of the rules', () => {
  expect(page).toBe(rbacPage());
});

test.each([...WHOLE_RULES, ...RULES])(
  'the page names $id with its number, severity, reason and fix',
  ({ id, alias, scale, why, fix, references }) => {
    const section = page.split(/^## /m).find((text) => text.startsWith(`${id}\n`)) ?? '';
    for (const part of [alias, scale, why, fix, ...references]) expect(section).toContain(part);
  },
);

test.each([...WHOLE_RULES, ...RULES])('$id says one thing why and one thing to do', ({ alias, why, fix, title }) => {
  expect(alias).toMatch(/^RB-\d{3}$/);
  for (const sentence of [why, fix]) expect(sentence).toMatch(/^[`A-Za-z].*[.)]$/);
  expect(title).not.toMatch(/\.$/);
});
