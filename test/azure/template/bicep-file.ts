// Works out a Bicep file and its modules, to the same form as an ARM template.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TemplateParameter } from "./arm-template.ts";
import { type BicepFile, parseBicep, type Statement } from "./bicep-parser.ts";
import type { Made, MadeResource, Plain } from "./deployment.ts";
import { evaluate, type Names, type Node, symbolsOf } from "./expression.ts";
import { answered, functionsAt, home, idUnder, type Scope, scopePrefix } from "./world.ts";

export const readBicep = (directory: string, file: string): BicepFile =>
  parseBicep(readFileSync(join(directory, file), "utf8"));

type Resource = Extract<Statement, { kind: "resource" }>;
type Module = Extract<Statement, { kind: "module" }>;

/** What the file makes with these parameters. Throws for anything that does not resolve. */
export function deployBicep(
  directory: string,
  file: string,
  { values, scope = home }: { values: Plain; scope?: Scope },
): Made {
  const { statements } = readBicep(directory, file);
  const named = new Map(statements.map((statement) => [statement.name, statement]));
  if (named.size !== statements.length) throw new Error(`${file}: one name for two things`);
  const made = new Map<string, MadeResource>();
  const functions = functionsAt(scope);
  const call: Names["call"] = (name, parameters) => {
    const found = functions[name];
    if (!found) throw new Error(`${file}: no function "${name}"`);
    return found(parameters);
  };

  /** Names as they are inside one resource: reading another waits for it. */
  const namesIn = (after: Set<string>): Names => ({
    call,
    symbol(name) {
      const statement = named.get(name);
      if (!statement) throw new Error(`${file}: no name "${name}"`);
      if (statement.kind === "param") return parameterValue(statement, values, namesIn(after));
      if (statement.kind === "var") return evaluate(statement.value, namesIn(after));
      if (statement.kind === "output") throw new Error(`${file}: "${name}" is an output`);
      return makeOne(statement, after);
    },
  });

  const makeOne = (statement: Resource | Module, waiting: Set<string>): Plain => {
    const result = made.get(statement.name) ?? build(statement);
    made.set(statement.name, result);
    waiting.add(result.id);
    for (const id of result.after) waiting.add(id);
    const name = result.id.split("/").at(-1);
    if (result.nested) return { id: result.id, name, outputs: result.nested.outputs };
    const whole = answered({ ...result.body, type: result.type, name });
    return { ...whole, id: result.id, name };
  };

  const waitForAll = (node: Node, names: Names): void => {
    for (const name of symbolsOf(node)) {
      const found = named.get(name);
      if (found?.kind === "var") waitForAll(found.value, names);
      else if (found?.kind !== "param") names.symbol(name);
    }
  };

  const build = (statement: Resource | Module): MadeResource => {
    const after = new Set<string>();
    const names = namesIn(after);
    if (statement.value.kind !== "object")
      throw new Error(`${file}: ${statement.name} is no object`);
    const parts = new Map(statement.value.entries);
    const part = (key: string): unknown => {
      const node = parts.get(key);
      return node && evaluate(node, names);
    };
    // The compiler makes a dependency of every name, whichever branch is taken.
    waitForAll(statement.value, names);
    return statement.kind === "module"
      ? buildModule(statement, { directory, scope, part, after })
      : buildResource(statement, { parts, names, part, scope, after });
  };

  for (const statement of statements) {
    if (statement.kind === "resource" || statement.kind === "module") makeOne(statement, new Set());
  }
  const outputs = statements.flatMap((statement) =>
    statement.kind === "output"
      ? [[statement.name, evaluate(statement.value, namesIn(new Set()))] as const]
      : [],
  );
  return { resources: [...made.values()], outputs: Object.fromEntries(outputs) };
}

/** Parameters and variables of a file that nothing in it asks for. */
export function idleNames({ statements }: BicepFile): string[] {
  const asked = new Set(statements.flatMap(({ value }) => (value ? symbolsOf(value) : [])));
  return statements.flatMap(({ kind, name }) =>
    (kind === "var" || kind === "param") && !asked.has(name) ? [name] : [],
  );
}

function buildResource(
  statement: Resource,
  at: {
    parts: Map<string, Node>;
    names: Names;
    part: (key: string) => unknown;
    scope: Scope;
    after: Set<string>;
  },
): MadeResource {
  const { parts, names, part, scope, after } = at;
  const [type = "", apiVersion = ""] = statement.type.split("@");
  const parent = part("parent") as { id: string } | undefined;
  const under = part("scope") as { id: string } | undefined;
  const name = String(part("name"));
  const id = parent
    ? `${parent.id}/${type.split("/").at(-1)}/${name}`
    : idUnder(under?.id ?? scopePrefix(scope), type, [name]);
  const own = [...parts].filter(([key]) => !["name", "parent", "scope", "dependsOn"].includes(key));
  const body = Object.fromEntries(own.map(([key, node]) => [key, evaluate(node, names)]));
  return {
    id,
    type,
    apiVersion,
    body: { ...(under && { scope: under.id }), ...body },
    after: [...after],
  };
}

function buildModule(
  { file }: Module,
  at: { directory: string; scope: Scope; part: (key: string) => unknown; after: Set<string> },
): MadeResource {
  const given = at.part("scope") as { scope?: Scope; subscriptionId?: string };
  const target: Scope = given.scope ?? {
    subscriptionId: String(given.subscriptionId),
    resourceGroup: null,
  };
  const parameters = at.part("params") as Plain;
  const type = "Microsoft.Resources/deployments";
  const made = deployBicep(at.directory, file, { values: parameters, scope: target });
  return {
    id: idUnder(scopePrefix(target), type, [String(at.part("name"))]),
    type,
    // The compiler's choice, not the file's.
    apiVersion: "2022-09-01",
    body: {},
    after: [...at.after],
    nested: { ...made, scope: target, parameters },
  };
}

function parameterValue(
  { name, value }: Extract<Statement, { kind: "param" }>,
  values: Plain,
  names: Names,
): unknown {
  if (Object.hasOwn(values, name)) return values[name];
  if (value === null) throw new Error(`${name} needs a value`);
  return evaluate(value, names);
}

/** The parameters as an ARM template declares them; defaults are worked out at `home`. */
export function bicepParameters({ statements }: BicepFile): Record<string, TemplateParameter> {
  const functions = functionsAt(home);
  const names: Names = {
    call: (name, parameters) => functions[name]?.(parameters),
    symbol: (name) => {
      throw new Error(`no name "${name}" here`);
    },
  };
  const declared = statements.flatMap((statement) => {
    if (statement.kind !== "param") return [];
    const said = new Map(
      statement.decorators.map(({ name, parameters: [first] }) => [
        name,
        first ? evaluate(first, names) : true,
      ]),
    );
    const { description, secure, allowed, ...bounds } = Object.fromEntries(said);
    const parameter = {
      type: secure === true ? `secure${statement.type}` : statement.type,
      ...(statement.value && { defaultValue: evaluate(statement.value, names) }),
      ...(allowed !== undefined && { allowedValues: allowed }),
      ...bounds,
      metadata: { description },
    };
    return [[statement.name, parameter as TemplateParameter] as const];
  });
  return Object.fromEntries(declared);
}
