import { malformed } from './refusal.ts';

/** Bytes of standard base64. Buffer forgives what other readers refuse, so the text must be what those bytes are written as (P-B9). */
export function base64Of(text: string, what: string): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(text, 'base64');
  if (text === '' || bytes.toString('base64') !== text) throw malformed(`${what} is not written in base64`);
  return Buffer.from(bytes);
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n?-----END \1-----/g;

export interface PemBlock {
  readonly label: string;
  readonly der: Buffer<ArrayBuffer>;
}

/** The blocks of a PEM text, in order, whatever stands between them: tools write whose certificate it is. */
export function pemBlocksAmong(text: string, what: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([, label = '', body = '']) => ({
    label,
    der: base64Of(body.replaceAll(/[\r\n]/g, ''), what),
  }));
}

/** The blocks of a PEM text; nothing but white space may stand between them. */
export function pemBlocks(text: string, what: string): readonly PemBlock[] {
  const blocks = pemBlocksAmong(text, what);
  if (text.replaceAll(BLOCK, '').trim() !== '') throw malformed(`${what} holds something that is no PEM`);
  return blocks;
}

/** The one block of a PEM text. */
export function pemBlock(text: string, what: string): PemBlock {
  const [block, ...more] = pemBlocks(text, what);
  if (block === undefined || more.length > 0) throw malformed(`${what} is not exactly one PEM block`);
  return block;
}
