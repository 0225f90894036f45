import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { RULES, WHOLE_RULES } from '../../src/checks/rbac/index.ts';

const file = join(process.env['PRESYNC_TEST_DATA'] ?? join('..', 'shared'), 'reference', 'rbac.md');
const page = readFileSync(join('docs', 'checks', 'rbac.md'), 'utf8');

if (existsSync(file)) {
  const catalogue = readFileSync(file, 'utf8').split(/^# /m);
  const rows = catalogue.find((section) => section.startsWith('2. Catalogue')) ?? '';
  const ids = [...rows.matchAll(/^\| (RB-\d{3}) /gm)].map(([, id]) => id ?? '');
  const aliases = new Set([...WHOLE_RULES, ...RULES].map(({ alias }) => alias));

  test('the catalogue has 77 dangers, each once', () => {
    expect([ids.length, new Set(ids).size]).toEqual([77, 77]);
  });

  test.each(ids)('%s has a rule, and the page of the check names it', (id) => {
    expect(aliases).toContain(id);
    expect(page).toMatch(new RegExp(`\\b${id}\\b`));
  });
} else {
  // oxlint-disable-next-line jest/no-disabled-tests -- said aloud where the catalogue is not there
  test.skip(`the catalogue of RBAC dangers: not there (${file}); set PRESYNC_TEST_DATA`, () => {
    expect(true).toBe(true);
  });
}
