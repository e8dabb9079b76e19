// The cloud in which the templates of a test are deployed: what their functions answer.
import { createHash } from "node:crypto";

export interface Scope {
  subscriptionId: string;
  /** Null at the scope of a subscription. */
  resourceGroup: string | null;
}

export const subscriptionId = "0b1c2d3e-0000-4000-8000-00000000000b";
export const home: Scope = { subscriptionId, resourceGroup: "nightcap-rg" };

export const scopePrefix = ({ subscriptionId: id, resourceGroup }: Scope): string =>
  `/subscriptions/${id}${resourceGroup === null ? "" : `/resourceGroups/${resourceGroup}`}`;

/** `TYPE` and `NAME` of n segments each, put together behind a scope's id. */
export function idUnder(prefix: string, type: string, names: readonly string[]): string {
  const [namespace = "", ...types] = type.split("/");
  const parts = names.flatMap((name) => name.split("/"));
  if (types.length !== parts.length) {
    throw new Error(`${type} has ${types.length} segments, its name ${parts.length}`);
  }
  const path = types.map((each, index) => `${each}/${parts[index]}`).join("/");
  return `${prefix}/providers/${namespace}/${path}`;
}

const hash = (values: unknown[]): string =>
  createHash("sha256").update(JSON.stringify(values)).digest("hex");

/** A GUID and a text of 13 letters that depend on nothing but what they are given, as Azure's do. */
const guidOf = (values: unknown[]): string =>
  hash(values).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
const uniqueTextOf = (values: unknown[]): string =>
  hash(values)
    .slice(0, 13)
    .replaceAll(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "z");

type Values = unknown[];
const texts = (values: Values): string[] =>
  values.map((value) => {
    if (typeof value === "string") return value;
    throw new Error(`text expected, ${JSON.stringify(value)} found`);
  });

/** The functions that both languages have, at one scope. */
export function functionsAt(scope: Scope): Record<string, (values: Values) => unknown> {
  const prefix = scopePrefix(scope);
  return {
    concat: (values) => (Array.isArray(values[0]) ? values.flat() : texts(values).join("")),
    equals: ([a, b]) => JSON.stringify(a) === JSON.stringify(b),
    format: (values) => {
      const [pattern = "", ...rest] = texts(values);
      return pattern.replaceAll(/\{(\d)\}/g, (_, index: string) => {
        const found = rest[Number(index)];
        if (found === undefined) throw new Error(`format: nothing for {${index}}`);
        return found;
      });
    },
    guid: (values) => guidOf(texts(values)),
    uniqueString: (values) => uniqueTextOf(texts(values)),
    split: ([text, by]) => String(text).split(String(by)),
    string: ([value]) => (typeof value === "string" ? value : JSON.stringify(value)),
    union: (values) => Object.assign({}, ...(values as object[])) as object,
    createObject: (values) =>
      Object.fromEntries(
        values.flatMap((key, index) =>
          index % 2 === 0 ? [[String(key), values[index + 1]] as const] : [],
        ),
      ),
    environment: () => ({ name: "AzureCloud" }),
    subscription: () => ({
      id: `/subscriptions/${scope.subscriptionId}`,
      subscriptionId: scope.subscriptionId,
      tenantId: "0b1c2d3e-0000-4000-8000-00000000000a",
    }),
    resourceGroup: ([name]) => {
      if (typeof name === "string") return { scope: { ...scope, resourceGroup: name } };
      if (scope.resourceGroup === null) throw new Error("resourceGroup() at a subscription");
      return { id: prefix, name: scope.resourceGroup, location: "westeurope" };
    },
    resourceId: (values) => {
      const [type = "", ...names] = texts(values);
      return idUnder(prefix, type, names);
    },
    subscriptionResourceId: (values) => {
      const [type = "", ...names] = texts(values);
      return idUnder(`/subscriptions/${scope.subscriptionId}`, type, names);
    },
    extensionResourceId: (values) => {
      const [of = "", type = "", ...names] = texts(values);
      return idUnder(of, type, names);
    },
    listKeys: ([id]) => ({ functionKeys: { default: `key-of-${String(id)}` } }),
  };
}

/** A resource as Azure answers it once it is there: what the templates read of one another. */
export function answered(resource: Record<string, unknown>): Record<string, unknown> {
  const name = String(resource["name"]);
  const more: Record<string, object> = {
    "Microsoft.Storage/storageAccounts": {
      primaryEndpoints: { blob: `https://${name}.blob.core.windows.net/` },
    },
    "Microsoft.Web/sites": { defaultHostName: `${name}.azurewebsites.net` },
    "Microsoft.Insights/components": { ConnectionString: `InstrumentationKey=of-${name}` },
  };
  const properties = resource["properties"] as object;
  const identity = "identity" in resource ? { identity: { principalId: guidOf([name]) } } : {};
  return {
    ...resource,
    ...identity,
    properties: { ...properties, ...more[String(resource["type"])] },
  };
}
