interface Element {
  /** Bytes that it unpacks to. */
  readonly size: number;
  /** How far back they lie; undefined where they follow. */
  readonly offset: number | undefined;
  /** Bytes of its own, before those that follow. */
  readonly head: number;
}

/**
 * The bytes of one Snappy block, as GitHub packs bundles (no framing): https://github.com/google/snappy/blob/main/format_description.txt
 * `TOO_LARGE`: it says that it unpacks to more than that; undefined: it is none, or not exactly of the length that it says.
 */
export function unpackSnappy(packed: Uint8Array, maxBytes: number): Uint8Array | 'TOO_LARGE' | undefined {
  const preamble = lengthIn(packed);
  if (preamble === undefined) return undefined;
  if (preamble.length > maxBytes) return 'TOO_LARGE';
  const out = new Uint8Array(preamble.length);
  let [from, to] = [preamble.head, 0];
  while (from < packed.length) {
    const element = elementAt(packed, from);
    if (element === undefined || element.size > out.length - to) return undefined;
    from += element.head;
    if (!unpackElement(element, { packed, from, out, to })) return undefined;
    to += element.size;
    if (element.offset === undefined) from += element.size;
  }
  return to === out.length ? out : undefined;
}

const MAX_LENGTH_BYTES = 5;

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function lengthIn(packed: Uint8Array): { readonly length: number; readonly head: number } | undefined {
  const last = packed.subarray(0, MAX_LENGTH_BYTES).findIndex((byte) => byte < 0x80);
  if (last < 0) return undefined;
  const length = packed.subarray(0, last + 1).reduceRight((sum, byte) => sum * 128 + (byte & 0x7f), 0);
  return { length, head: last + 1 };
}

function elementAt(packed: Uint8Array, at: number): Element | undefined {
  const tag = packed[at] ?? 0;
  const upper = tag >> 2;
  switch (tag & 3) {
    case 0:
      return literal(packed, at, upper);
    case 1:
      return copy({ size: 4 + (upper & 7), high: upper >> 3 }, littleEndian(packed, at + 1, 1), 2);
    case 2:
      return copy({ size: upper + 1, high: 0 }, littleEndian(packed, at + 1, 2), 3);
    default:
      return copy({ size: upper + 1, high: 0 }, littleEndian(packed, at + 1, 4), 5);
  }
}

/** Up to this many bytes less one the tag says itself, above it how many bytes say it. */
const SHORT = 60;

function literal(packed: Uint8Array, at: number, upper: number): Element | undefined {
  if (upper < SHORT) return { size: upper + 1, offset: undefined, head: 1 };
  const bytes = upper - SHORT + 1;
  const size = littleEndian(packed, at + 1, bytes);
  return size === undefined ? undefined : { size: size + 1, offset: undefined, head: 1 + bytes };
}

function copy(
  { size, high }: { readonly size: number; readonly high: number },
  low: number | undefined,
  head: number,
): Element | undefined {
  return low === undefined ? undefined : { size, offset: high * 256 + low, head };
}

function littleEndian(packed: Uint8Array, at: number, count: number): number | undefined {
  if (at + count > packed.length) return undefined;
  let sum = 0;
  for (let index = at + count - 1; index >= at; index -= 1) sum = sum * 256 + (packed[index] ?? 0);
  return sum;
}

interface Place {
  readonly packed: Uint8Array;
  readonly from: number;
  readonly out: Uint8Array;
  readonly to: number;
}

/** A copy may reach into what it writes itself: that is how a run is packed. */
function unpackElement({ size, offset }: Element, { packed, from, out, to }: Place): boolean {
  if (offset === undefined) {
    if (size > packed.length - from) return false;
    out.set(packed.subarray(from, from + size), to);
    return true;
  }
  if (offset === 0 || offset > to) return false;
  if (offset >= size) out.copyWithin(to, to - offset, to - offset + size);
  else for (let index = to; index < to + size; index += 1) out[index] = out[index - offset] ?? 0;
  return true;
}
