import { expect, test } from '@jest/globals';
import { aCache } from '../../test/builders/cache.ts';
import { anIo } from '../../test/fakes/io.ts';
import { openOutside } from './elsewhere.ts';

test('where nothing is kept no root is due, so that no run waits for what no other one would read', async () => {
  const rule = { mayUse: () => true as const };
  const choice = { isOffline: false, usesCache: false, rule, build: 'test', cache: aCache() };
  const outside = openOutside(anIo(), choice);
  try {
    const { roots, missing, isDue } = await outside.images.roots.current();
    expect(roots.map(({ name }) => name)).toEqual(['public-good']);
    expect(missing?.map(({ name }) => name)).toEqual(['github']);
    expect(isDue).toBe(false);
  } finally {
    await outside.close();
  }
});
