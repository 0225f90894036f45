/** Something later; the answer takes it back. A fake one makes tests of deadlines and back-off independent of time. */
export interface Timer {
  after(delayMs: number, act: () => void): () => void;
}
