/** Packs as literals with a copy for each repeated stretch of eight bytes: https://github.com/google/snappy/blob/main/format_description.txt */
export function snappy(bytes: Uint8Array): Uint8Array {
  const seen = new Map<string, number>();
  const parts: Uint8Array[] = [varint(bytes.length)];
  let literal = 0;
  for (let at = 0; at < bytes.length; ) {
    const key = Buffer.from(bytes.subarray(at, at + 8)).toString('latin1');
    const before = seen.get(key);
    seen.set(key, at);
    if (key.length < 8 || before === undefined || at - before > 0xffff) {
      at += 1;
      continue;
    }
    parts.push(...literals(bytes.subarray(literal, at)));
    parts.push(Uint8Array.of((7 << 2) | 2, (at - before) & 0xff, (at - before) >> 8));
    at += 8;
    literal = at;
  }
  return Buffer.concat([...parts, ...literals(bytes.subarray(literal))]);
}

function literals(bytes: Uint8Array): readonly Uint8Array[] {
  const size = bytes.length - 1;
  if (size < 0) return [];
  if (size < 60) return [Uint8Array.of(size << 2), bytes];
  return [Uint8Array.of(62 << 2, size & 0xff, (size >> 8) & 0xff, (size >> 16) & 0xff), bytes];
}

function varint(value: number): Uint8Array {
  const digits: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.from([...digits, left]);
    digits.push((left % 128) | 0x80);
  }
}
