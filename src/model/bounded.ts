/** `work` on every item, `atOnce` of them at a time; results in order. The first that fails ends it: nothing new is begun. */
export async function bounded<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const state = { failed: false };
  async function lane(): Promise<void> {
    for (const [index, item] of queue) {
      if (state.failed) return;
      results[index] = await work(item);
    }
  }
  const lanes = Array.from({ length: Math.min(atOnce, items.length) }, () =>
    lane().catch((error: unknown) => {
      state.failed = true;
      throw error;
    }),
  );
  await Promise.all(lanes);
  return results;
}
