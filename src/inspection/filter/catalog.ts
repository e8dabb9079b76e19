// What a filter may name: every field and every protocol that dissectors and this folder declare.
import type { Field, FieldType } from "../dissect/field.ts";
import { fieldsByLayer } from "../dissect/field-tables.ts";
import { registeredProtocols } from "../dissect/protocols.ts";
import { frameFields } from "./frame-fields.ts";
import { shownNames } from "./shown-names.ts";

/** One name that may be asked for, and the layers that hold its values. */
export interface CatalogField {
  name: string;
  type: FieldType;
  description: string;
  /** By the name of the layer that a value is read from; fields that are noted have none. */
  sources: { protocol: string; field: Field }[];
}

export interface Catalog {
  field(name: string): CatalogField | undefined;
  /** True when a packet may show a layer of this name. */
  isProtocol(name: string): boolean;
  /** Fields that a layer of this name holds, as its protocol lists them. */
  fieldsOf(protocol: string): readonly CatalogField[];
  /** Every field and protocol, sorted. */
  names(): readonly string[];
}

let shared: Catalog | null = null;

/** The one catalog; built when it is first asked for. */
export function catalog(): Catalog {
  shared ??= buildCatalog();
  return shared;
}

function buildCatalog(): Catalog {
  const fields = new Map<string, CatalogField>();
  const protocols = new Set<string>(["frame", ...shownNames]);
  for (const [name, field] of Object.entries(frameFields)) addField(fields, name, "frame", field);
  for (const protocol of registeredProtocols) {
    protocols.add(protocol.name);
    for (const [name, field] of Object.entries(protocol.fields ?? {}))
      addField(fields, name, protocol.name, field);
  }
  for (const [protocol, table] of Object.entries(fieldsByLayer))
    for (const [name, field] of Object.entries(table)) addField(fields, name, protocol, field);
  const names = [...new Set([...fields.keys(), ...protocols])].toSorted();
  const byLayer = Map.groupBy(
    [...fields.values()].flatMap((field) =>
      field.sources.map(({ protocol }) => ({ protocol, field })),
    ),
    ({ protocol }) => protocol,
  );
  return {
    field: (name) => fields.get(name),
    fieldsOf: (protocol) => (byLayer.get(protocol) ?? []).map(({ field }) => field),
    isProtocol: (name) => protocols.has(name),
    names: () => names,
  };
}

function addField(
  fields: Map<string, CatalogField>,
  name: string,
  protocol: string,
  field: Field,
): void {
  const found = fields.get(name) ?? {
    name,
    type: field.type,
    description: field.description ?? "",
    sources: [],
  };
  fields.set(name, found);
  if (!found.sources.some((source) => source.protocol === protocol))
    found.sources.push({ protocol, field });
}
