/** A remote thing that was resolved on the way: what was asked for, what it meant, and the digest of what came. */
export interface LockEntry {
  readonly kind: 'git' | 'http' | 'helm' | 'oci' | 'image';
  readonly ref: string;
  readonly resolved: string;
  readonly digest: string;
}
