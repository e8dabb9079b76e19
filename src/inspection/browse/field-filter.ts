// A display filter by which a packet is found again because of one of its fields.
import type { CatalogField } from "../filter/catalog.ts";
import { compileFilter } from "../filter/filter.ts";
import type { Subject } from "../filter/subject.ts";
import { kindOf, type Value } from "../filter/value-kind.ts";
import { valueText } from "../filter/value-text.ts";

/** Longer values are no filter that a person reads. */
const valueSizeBytesMax = 64;

/** Tried on the packet itself: null where no filter of the field finds it. */
export function fieldFilter(subject: Subject, field: CatalogField, value: Value): string | null {
  const literal = literalOf(field, value);
  const exact = literal === null ? null : `${field.name} == ${literal}`;
  if (exact !== null && finds(exact, subject)) return exact;
  return finds(field.name, subject) ? field.name : null;
}

function finds(text: string, subject: Subject): boolean {
  try {
    return compileFilter(text).matches(subject);
  } catch {
    return false;
  }
}

/** Null where the value cannot be written, or need not be. */
function literalOf({ type }: CatalogField, value: Value): string | null {
  const kind = kindOf(type);
  if (kind === "none" || kind === "protocol") return null;
  if (value instanceof Uint8Array && kind === "bytes") {
    if (value.length === 0 || value.length > valueSizeBytesMax) return null;
    return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(":");
  }
  const text = valueText(value, type);
  if (text.length > valueSizeBytesMax * 4) return null;
  return kind === "string" || kind === "absoluteTime" ? quoted(text) : text;
}

const quoted = (text: string): string => `"${text.replaceAll(/[\\"]/g, (mark) => `\\${mark}`)}"`;
