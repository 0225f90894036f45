// Writes docs/presync.schema.json from the code: `npm run schema`. A test compares the file with what this makes.
import { writeFileSync } from 'node:fs';
import { policyJsonSchema } from '../src/config/policy-schema.ts';

export function schemaText(): string {
  return `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(new URL('../docs/presync.schema.json', import.meta.url), schemaText());
