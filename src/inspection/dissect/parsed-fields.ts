import type { Fields, FieldType, FieldValue } from "./field.ts";
import type { Layer } from "./frame.ts";

/** Tells a value that a message holds, by the field's name. */
export type Emit = (field: string, value: FieldValue) => void;

/** Reads a message and tells everything in it that a field may ask for; damaged ones tell less. */
export type LayerParser = (layer: Layer, emit: Emit) => void;

/** Values of one layer; a hostile message could hold more. */
const valueCountMax = 10_000;

/** What a parser found in a layer, kept with the layer while the frame is looked at. */
class ParsedLayer {
  readonly values = new Map<string, FieldValue[]>();
}

/** Fields of messages that are parsed as a whole, once for all fields that a filter asks for. */
export function parsedFields(
  parse: LayerParser,
  table: Readonly<Record<string, readonly [FieldType, string]>>,
): Fields {
  const entries = Object.entries(table).map(([name, [type, description]]) => [
    name,
    {
      type,
      description,
      parse,
      read(layer: Layer, add: (value: FieldValue) => void): void {
        if (layer.start < 0) return;
        for (const value of parsed(layer, parse).values.get(name) ?? []) add(value);
      },
    },
  ]);
  return Object.fromEntries(entries) as Fields;
}

function parsed(layer: Layer, parse: LayerParser): ParsedLayer {
  if (layer.facts instanceof ParsedLayer) return layer.facts;
  const found = new ParsedLayer();
  let count = 0;
  parse(layer, (field, value) => {
    if (++count > valueCountMax) return;
    const values = found.values.get(field);
    if (values) values.push(value);
    else found.values.set(field, [value]);
  });
  layer.facts = found;
  return found;
}
