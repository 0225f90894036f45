/** A host on a private network that the operator lets presync reach; nothing else there is reached. */
export interface PrivateHost {
  /** In lower case; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
  readonly hasTls: boolean;
}

/** Public hosts that presync may reach, on any port. */
export interface AllowedHost {
  /** In lower case; an IPv6 address in brackets. */
  readonly host: string;
  /** Every name below `host` at whatever depth, and not `host` itself. */
  readonly isSuffix: boolean;
}
