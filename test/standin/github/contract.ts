import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { compileTemplate, type Template } from './template.ts';
import type { Json } from './types.ts';

/**
 * The request half of GitHub's OpenAPI description, cut to the operations that presync may call (github.md 8.3).
 * An operation that is not listed is itself a finding. Without the public test data there is nothing to compare with.
 */
export interface Contract {
  /** Empty when the contract is in force, else why not. */
  readonly absent: string;
  problems(request: ContractRequest): readonly string[];
}

export interface ContractRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly schema: { readonly type?: string; readonly enum?: readonly string[] };
}

interface Operation {
  readonly method: string;
  readonly template: Template;
  readonly parameters: readonly Parameter[];
  readonly body: ValidateFunction | undefined;
}

interface ContractFile {
  readonly ops: Readonly<Record<string, { readonly parameters?: readonly Json[]; readonly body?: Json }>>;
  readonly components: { readonly parameters: Readonly<Record<string, Json>>; readonly schemas: Json };
}

export function readContract(testData: string | undefined): Contract {
  const folder = resolve(
    testData ?? process.env['PRESYNC_TEST_DATA'] ?? join(import.meta.dirname, '../../../../shared'),
  );
  const file = join(folder, 'conformance/github-requests.min.json');
  if (!existsSync(file)) {
    return { absent: 'public test data not there: requests are checked by the own rules only', problems: () => [] };
  }
  const operations = operationsIn(JSON.parse(readFileSync(file, 'utf8')));
  return { absent: '', problems: (request) => problemsOf(request, operations) };
}

function operationsIn(file: ContractFile): readonly Operation[] {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  // The package is CommonJS; under nodenext its default export is typed as the module.
  (addFormats as unknown as (target: Ajv) => void)(ajv);
  const components = withNull(file.components) as ContractFile['components'];
  const operations = Object.entries(file.ops).map(([key, { parameters = [], body }]) => {
    const [method = '', path = ''] = key.split(' ');
    return {
      method,
      template: compileTemplate(path),
      parameters: parameters.map((parameter) => resolveParameter(parameter, components)),
      body: body ? ajv.compile({ ...(withNull(body) as Json), components }) : undefined,
    };
  });
  return operations.toSorted((a, b) => b.template.weight - a.template.weight);
}

function resolveParameter(parameter: Json, components: ContractFile['components']): Parameter {
  const reference = parameter['$ref'];
  const found = typeof reference === 'string' ? components.parameters[reference.split('/').at(-1) ?? ''] : parameter;
  if (!found) throw new Error(`the contract lacks ${String(reference)}`);
  return found as unknown as Parameter;
}

/** OpenAPI 3.0 writes "or null" as `nullable`, which JSON Schema does not know. */
function withNull(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withNull);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = schema as Json;
  const copy = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withNull(value)]));
  return nullable === true ? { anyOf: [{ type: 'null' }, copy] } : copy;
}

function problemsOf(request: ContractRequest, operations: readonly Operation[]): readonly string[] {
  const operation = operations.find(
    ({ method, template }) => method === request.method && template.match(request.path) !== undefined,
  );
  if (!operation) return ['not an operation that presync may call'];
  const params = operation.template.match(request.path) ?? {};
  return [
    ...operation.parameters.flatMap((parameter) => parameterProblems(parameter, params, request.query)),
    ...bodyProblems(operation.body, request.body),
  ];
}

function parameterProblems(
  parameter: Parameter,
  params: Readonly<Record<string, string>>,
  query: URLSearchParams,
): readonly string[] {
  const value = parameter.in === 'path' ? params[parameter.name] : query.get(parameter.name);
  if (value === undefined || value === null) return parameter.required ? [`${parameter.name} is missing`] : [];
  const { type, enum: allowed } = parameter.schema;
  if (type === 'integer' && !/^-?\d+$/.test(value)) return [`${parameter.name} is not an integer`];
  if (allowed && !allowed.includes(value)) return [`${parameter.name} is none of ${allowed.join(', ')}`];
  return [];
}

function bodyProblems(validate: ValidateFunction | undefined, body: unknown): readonly string[] {
  if (!validate || validate(body ?? {})) return [];
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `body${instancePath} ${message}`);
}
