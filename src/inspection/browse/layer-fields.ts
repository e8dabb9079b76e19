import { catalog, type CatalogField } from "../filter/catalog.ts";
import type { Field } from "../dissect/field.ts";
import type { Layer } from "../dissect/frame.ts";
import { fieldSizeBytes, isNote, layerReader, toValue } from "../filter/read-field.ts";
import type { Subject } from "../filter/subject.ts";
import { kindOf, type Value } from "../filter/value-kind.ts";
import { fieldFilter } from "./field-filter.ts";
import { fieldLabel, isForFiltersOnly, shownValue } from "./field-texts.ts";
import type { ByteRange, FieldNode } from "./packet-book.ts";
import { valuePlace } from "./value-place.ts";
import { tracePlaces, type TracedField } from "./value-trace.ts";

/** Values of one field in one layer. */
const valueCountMax = 200;
/** Fields of one packet whose filters are tried out; later ones have none. */
const triedCountMax = 1_000;

export interface FieldNodesOptions {
  /** Where bytes of the layer lie in what is shown of the packet. */
  rangeOf: (start: number, end: number) => ByteRange | null;
  countMax: number;
}

/** The fields that a layer holds, in the order in which its protocol lists them. */
export function fieldNodes(
  subject: Subject,
  layer: Layer,
  { rangeOf, countMax }: FieldNodesOptions,
): FieldNode[] {
  const nodes: FieldNode[] = [];
  const fields = shownFields(layer);
  const traced = tracePlaces(
    layer,
    fields.filter((each) => each.source.read !== undefined),
  );
  for (const { field, source } of fields) {
    const values = valuesIn(layer, field, source);
    const places = traced.get(field.name) ?? [];
    for (const [index, { value, place: own }] of values.entries()) {
      if (nodes.length >= countMax) return nodes;
      const place = own ?? (places.length === values.length ? places[index] : null) ?? null;
      const isTried = nodes.length < triedCountMax;
      nodes.push({
        name: field.name,
        label: fieldLabel(field),
        value: shownValue(field, value),
        filter: isTried ? fieldFilter(subject, field, value) : null,
        range: place && rangeOf(place.start, place.end),
      });
    }
  }
  return nodes;
}

function shownFields(layer: Layer): TracedField[] {
  return catalog()
    .fieldsOf(layer.protocol)
    .flatMap((field) => {
      const source = field.sources.find(({ protocol }) => protocol === layer.protocol)?.field;
      if (!source || standsForOthers(source) || isForFiltersOnly(layer, field.name)) return [];
      return [{ field, source }];
    });
}

/** As `ip.addr` stands for source and destination, which have fields of their own. */
const standsForOthers = ({ at }: Field): boolean => typeof at === "object";

interface PlacedValue {
  value: Value;
  place: { start: number; end: number } | null;
}

function valuesIn(layer: Layer, field: CatalogField, source: Field): PlacedValue[] {
  const { name, type } = field;
  if (isNote(source)) {
    const notes = (layer.notes ?? []).filter((note) => note.field === name);
    return notes.slice(0, valueCountMax).map((note) => {
      const value = toValue(note.value, kindOf(type));
      return { value, place: valuePlace(layer, value) };
    });
  }
  const values: Value[] = [];
  layerReader(source, type)(layer, values);
  const at = typeof source.at === "number" && !source.read ? source.at : null;
  if (at !== null) {
    const start = layer.start + at;
    const place = { start, end: start + fieldSizeBytes(source, type) };
    return values.map((value) => ({ value, place }));
  }
  return values
    .slice(0, valueCountMax)
    .map((value) => ({ value, place: valuePlace(layer, value) }));
}
