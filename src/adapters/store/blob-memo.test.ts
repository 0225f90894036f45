import { expect, test } from '@jest/globals';
import { aCache } from '../../../test/builders/cache.ts';
import { blobOid } from '../../../test/fakes/source-tree.ts';
import type { JsonValue } from '../../model/json.ts';
import { openMemo } from './blob-memo.ts';

const NAME = { build: '1', repository: 'r' };

/** Answers with the text itself, and counts. */
function asking() {
  const asked: string[] = [];
  const answer = (value: JsonValue) => () => {
    asked.push(JSON.stringify(value));
    return Promise.resolve(value);
  };
  return { asked, answer };
}

test('one blob is asked about once, in this run and the next', async () => {
  const cache = aCache();
  const { asked, answer } = asking();
  const first = await openMemo(cache, NAME);
  const both = await Promise.all([
    first.about(blobOid('x'), 'q', answer('x')),
    first.about(blobOid('x'), 'q', answer('x')),
  ]);
  await first.save();
  const next = await openMemo(cache, NAME);
  expect([...both, await next.about(blobOid('x'), 'q', answer('other'))]).toEqual(['x', 'x', 'x']);
  expect(asked).toHaveLength(1);
});

test.each<[string, Partial<typeof NAME>, string, string]>([
  ['blob', {}, 'y', 'q'],
  ['question', {}, 'x', 'q/2'],
  ['build', { build: '2' }, 'x', 'q'],
  ['repository', { repository: 's' }, 'x', 'q'],
])('another %s is asked about by itself', async (_, other, blob, question) => {
  const cache = aCache();
  const { asked, answer } = asking();
  const first = await openMemo(cache, NAME);
  await first.about(blobOid('x'), 'q', answer('one'));
  await first.save();
  const next = await openMemo(cache, { ...NAME, ...other });
  expect(await next.about(blobOid(blob), question, answer('two'))).toBe('two');
  expect(asked).toHaveLength(2);
});

test('an answer that throws is not remembered', async () => {
  const memo = await openMemo(aCache(), NAME);
  await expect(memo.about(blobOid('x'), 'q', () => Promise.reject(new Error('limit')))).rejects.toThrow('limit');
  expect(await memo.about(blobOid('x'), 'q', () => Promise.resolve(1))).toBe(1);
});

test('no more is kept than may be; what was asked for last stays', async () => {
  const cache = aCache();
  const { asked, answer } = asking();
  const memo = await openMemo(cache, { ...NAME, maxAnswers: 2 });
  for (const blob of ['a', 'b', 'c', 'a']) await memo.about(blobOid(blob), 'q', answer(blob));
  await memo.save();
  const next = await openMemo(cache, NAME);
  for (const blob of ['a', 'c', 'b']) await next.about(blobOid(blob), 'q', answer(`${blob} again`));
  expect(asked.slice(3)).toEqual(['"b again"']);
});
