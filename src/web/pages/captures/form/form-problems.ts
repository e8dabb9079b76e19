import { type FieldProblem, filterProblems } from "../../../../arm/capture-filter.ts";
import { packetCaptureFilters, packetCaptureProperties } from "../../../../arm/packet-capture.ts";
import { checkResourceName } from "../../../../arm/resource-id.ts";
import { ApiError } from "../../../api/request.ts";
import type { CaptureProperties } from "./form-state.ts";

/** What the API would refuse, found by its own code while somebody writes. */
export function problemsOf(name: string, properties: CaptureProperties): FieldProblem[] {
  const parsed = packetCaptureProperties.safeParse(properties);
  const issues = parsed.success ? [] : parsed.error.issues;
  const filters = packetCaptureFilters.safeParse(properties["filters"]);
  return [
    ...nameProblems(name),
    ...issues.map(({ path, message }) => ({ field: fieldOf(path.join(".")), message })),
    ...(filters.success ? filterProblems(filters.data) : []),
  ];
}

function nameProblems(name: string): FieldProblem[] {
  try {
    checkResourceName(name, "packet capture");
    return [];
  } catch (error) {
    return [{ field: "name", message: error instanceof Error ? error.message : String(error) }];
  }
}

/** `filters.0.localPort` as the API's messages have it: `filters[0].localPort`. */
const fieldOf = (path: string): string =>
  path.replace(/^properties\./, "").replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]");

/** Words that a refusal begins with, or names, and the field that they are about. */
const fieldsByWords: readonly (readonly [RegExp, string])[] = [
  [/^(filters\[\d+\]\.\w+)/, "$1"],
  [/already exists|exists already|^packet capture name/, "name"],
  [/^(storageId|storagePath|filePath|localPath)\b/, "storageLocation.$1"],
  [/^(target|scope)\b/, "$1"],
];

/** What the API refused, at the fields that it names; one without a field is about the whole. */
export function refusalsOf(error: unknown): FieldProblem[] {
  if (!(error instanceof ApiError)) return [];
  const { error: told } = (error.answer ?? {}) as {
    error?: { details?: { target?: string; message?: string }[] };
  };
  if (told?.details !== undefined && told.details.length > 0) {
    return told.details.map(({ target = "", message = "" }) => ({
      field: fieldOf(target),
      message,
    }));
  }
  const { message } = error;
  for (const [words, field] of fieldsByWords) {
    const found = words.exec(message);
    if (found) return [{ field: field.replace("$1", found[1] ?? ""), message }];
  }
  return [{ field: "", message }];
}
