// Works out an ARM template: every expression read, every name resolved, every dependency there.
import { z } from "zod";
import type { Made, MadeResource, Plain } from "./deployment.ts";
import { evaluate, type Names, parseTemplateText } from "./expression.ts";
import { answered, functionsAt, home, idUnder, type Scope, scopePrefix } from "./world.ts";

const parameter = z.strictObject({
  type: z.enum(["string", "securestring", "int", "bool", "array", "object"]),
  defaultValue: z.unknown().optional(),
  allowedValues: z.array(z.unknown()).optional(),
  minValue: z.int().optional(),
  maxValue: z.int().optional(),
  minLength: z.int().optional(),
  maxLength: z.int().optional(),
  metadata: z.strictObject({ description: z.string() }),
});
const resource = z.looseObject({
  type: z.string(),
  apiVersion: z.string().regex(/^\d{4}-\d\d-\d\d$/),
  name: z.string(),
  dependsOn: z.array(z.string()).optional(),
});
const output = z.strictObject({
  type: z.literal("string"),
  value: z.string(),
  metadata: z.strictObject({ description: z.string() }).optional(),
});
const template = z.strictObject({
  $schema: z.string().startsWith("https://schema.management.azure.com/schemas/"),
  contentVersion: z.literal("1.0.0.0"),
  parameters: z.record(z.string(), parameter),
  variables: z.record(z.string(), z.unknown()).default({}),
  resources: z.array(resource),
  outputs: z.record(z.string(), output).default({}),
});
const nested = z.strictObject({
  expressionEvaluationOptions: z.strictObject({ scope: z.literal("inner") }),
  mode: z.literal("Incremental"),
  parameters: z.record(z.string(), z.strictObject({ value: z.unknown() })),
  template: z.unknown(),
});

export type TemplateParameter = z.infer<typeof parameter>;
export const readTemplate = (text: string) => template.parse(JSON.parse(text));
type Template = z.infer<typeof template>;

/** What the template makes with these parameters. Throws for anything that does not resolve. */
export function deployTemplate(given: unknown, values: Plain, scope: Scope = home): Made {
  const read = template.parse(given);
  checkUsed(read);
  const made = new Map<string, MadeResource>();
  const names = templateNames({ read, values, scope });
  const idOf = (one: z.infer<typeof resource>): string => {
    const name = String(valueOf(one.name, names));
    if (one.type === deployments)
      return idUnder(scopePrefix(targetOf(one, names, scope)), one.type, [name]);
    const under = one["scope"] === undefined ? scopePrefix(scope) : valueOf(one["scope"], names);
    return idUnder(String(under), one.type, [name]);
  };
  const all = new Map(read.resources.map((one) => [idOf(one), one]));
  if (all.size !== read.resources.length) throw new Error("two resources have one id");
  const make = (id: string): MadeResource => {
    const known = made.get(id);
    if (known) return known;
    const one = all.get(id);
    if (!one) throw new Error(`the template makes no ${id}`);
    const after = (one.dependsOn ?? []).map((each) => String(valueOf(each, names)));
    const before = new Set([...after, ...after.flatMap((each) => make(each).after)]);
    const inside = withReference(names, (wanted) => {
      if (!before.has(wanted)) throw new Error(`${id} reads ${wanted}, and does not wait for it`);
      return make(wanted);
    });
    const result = makeResource(one, { id, after: [...before], names: inside, scope });
    made.set(id, result);
    return result;
  };
  const resources = [...all.keys()].map(make);
  const outside = withReference(names, make);
  const outputs = Object.entries(read.outputs).map(([name, one]) => [
    name,
    valueOf(one.value, outside),
  ]);
  return { resources, outputs: Object.fromEntries(outputs) as Plain };
}

const deployments = "Microsoft.Resources/deployments";

function targetOf(one: Plain, names: Names, scope: Scope): Scope {
  if (one["resourceGroup"] !== undefined) {
    return { ...scope, resourceGroup: String(valueOf(one["resourceGroup"], names)) };
  }
  if (one["subscriptionId"] === undefined) return scope;
  return { subscriptionId: String(valueOf(one["subscriptionId"], names)), resourceGroup: null };
}

function makeResource(
  one: z.infer<typeof resource>,
  at: { id: string; after: string[]; names: Names; scope: Scope },
): MadeResource {
  const { id, after, names, scope } = at;
  const { type, apiVersion, name: _name, dependsOn: _dependsOn, ...rest } = one;
  const common = { id, type, apiVersion, after };
  if (type !== deployments) return { ...common, body: valueOf(rest, names) as Plain };
  const { parameters, template: inner } = nested.parse(rest["properties"]);
  const values = Object.fromEntries(
    Object.entries(parameters).map(([key, { value }]) => [key, valueOf(value, names)]),
  );
  const target = targetOf(one, names, scope);
  const made = deployTemplate(inner, values, target);
  return { ...common, body: {}, nested: { ...made, scope: target, parameters: values } };
}

function templateNames(at: { read: Template; values: Plain; scope: Scope }): Names {
  const { read, values, scope } = at;
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(read.parameters, name)) throw new Error(`no parameter "${name}"`);
  }
  const functions: ReturnType<typeof functionsAt> = {
    ...functionsAt(scope),
    parameters: ([name]) => {
      const declared = read.parameters[String(name)];
      if (!declared) throw new Error(`no parameter "${String(name)}"`);
      if (Object.hasOwn(values, String(name))) return values[String(name)];
      if (declared.defaultValue === undefined) throw new Error(`${String(name)} needs a value`);
      return valueOf(declared.defaultValue, names);
    },
    variables: ([name]) => {
      if (!Object.hasOwn(read.variables, String(name))) {
        throw new Error(`no variable "${String(name)}"`);
      }
      return valueOf(read.variables[String(name)], names);
    },
  };
  const names: Names = {
    call: (name, parameters) => {
      const found = functions[name];
      if (!found) throw new Error(`no function "${name}"`);
      return found(parameters);
    },
    symbol: (name) => {
      throw new Error(`no name "${name}" in a template`);
    },
  };
  return names;
}

/** The same names, and `reference` to what `find` knows. */
function withReference(names: Names, find: (id: string) => MadeResource): Names {
  return {
    ...names,
    call: (name, values) => {
      if (name !== "reference") return names.call(name, values);
      const { type, body, nested: inner, id } = find(String(values[0]));
      if (inner) {
        const outputs = Object.entries(inner.outputs).map(([key, value]) => [key, { value }]);
        return { outputs: Object.fromEntries(outputs) as Plain };
      }
      const whole = answered({ ...body, type, name: id.split("/").at(-1) });
      return values[2] === "full" ? whole : whole["properties"];
    },
  };
}

/** The value with each text in it worked out. */
function valueOf(value: unknown, names: Names): unknown {
  if (typeof value === "string") return evaluate(parseTemplateText(value), names);
  if (Array.isArray(value)) return value.map((one) => valueOf(one, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, valueOf(one, names)]));
}

/** A name that nothing in this template, nested ones aside, asks for. */
function checkUsed({ parameters, variables, resources, outputs }: Template): void {
  const text = JSON.stringify([parameters, variables, resources, outputs], (key, value: unknown) =>
    key === "template" ? undefined : value,
  );
  const idle = [
    ...Object.keys(parameters).map((name) => `parameters('${name}')`),
    ...Object.keys(variables).map((name) => `variables('${name}')`),
  ].filter((name) => !text.includes(name));
  if (idle.length > 0) throw new Error(`never used: ${idle.join(", ")}`);
}
