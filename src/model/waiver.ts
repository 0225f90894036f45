/** An accepted finding, from the base commit only. An omitted namespace or cluster means any; nothing is a wildcard. */
export interface Waiver {
  readonly rule: string;
  readonly object: {
    readonly kind: string;
    readonly name: string;
    readonly group?: string | undefined;
    readonly namespace?: string | undefined;
    readonly cluster?: string | undefined;
  };
  readonly owner: string;
  readonly reason: string;
  /** YYYY-MM-DD; valid to the end of that day, UTC. */
  readonly expires: string;
}
