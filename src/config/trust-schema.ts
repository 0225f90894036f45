import { z } from 'zod';
import { FilePath, listOf } from './texts.ts';

const threshold = z.int().min(0).max(10);

/** The numbers are those of the public good instance; a root without logs says so. */
const Root = z
  .strictObject({
    file: FilePath.describe('A trusted_root.json.'),
    logs: threshold.default(1).describe('How many log entries a signature under this root must have.'),
    certificateLogs: threshold
      .default(1)
      .describe('How many certificate log entries a signature under this root must have.'),
    timestamps: threshold.default(0).describe('How many timestamps a signature under this root must have.'),
  })
  .refine(
    ({ logs, timestamps }) => logs + timestamps > 0,
    'without a log entry or a timestamp nothing proves when a signature was made; ask for one of them',
  );

export const Trust = z
  .strictObject({
    publicGood: z.boolean().default(true).describe('Whether the public good instance of Sigstore is trusted.'),
    github: z
      .boolean()
      .optional()
      .describe("Whether GitHub's own instance of Sigstore is trusted; omitted = as publicGood."),
    roots: listOf(z.union([FilePath, Root]))
      .default([])
      .describe('Sigstore roots of your own.'),
    authorities: listOf(
      z.strictObject({
        file: FilePath.describe(
          'PEM certificates, the root last; of the root alone, the rest of a chain may come with a signature.',
        ),
        timestamps: FilePath.optional().describe(
          'PEM of the timestamp authority; omitted = a trusted log or root proves the time, or a certificate must be valid now.',
        ),
      }),
    )
      .default([])
      .describe('Certificate authorities of your own.'),
  })
  .prefault({})
  .describe('Whose word counts.');
