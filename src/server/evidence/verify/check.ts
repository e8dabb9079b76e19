import type { AlteredRange, FileVerdict } from "../../../evidence/check-file.ts";
import type { ManifestFile } from "../../../evidence/manifest.ts";

/** What is looked at: the manifest, its place in the chain, each file that it names, the access log. */
export type CheckKind = "manifest" | "chain" | "file" | "log";

/**
 * `right` and `wrong` are judgements; `missing` is a file that should be here; `removed` went by the rules of
 * retention; `notHere` lies where the control plane does not read; `notChecked` was not this caller's to ask for.
 */
export type CheckVerdict = "right" | "wrong" | "missing" | "removed" | "notHere" | "notChecked";

/** One thing that was looked at, and what came of it. */
export interface Check {
  kind: CheckKind;
  /** Of a file its name; of the manifest its key. */
  name: string;
  role: ManifestFile["role"] | null;
  verdict: CheckVerdict;
  /** In words, where the verdict does not say all. */
  detail: string | null;
  /** Bytes that are not what was signed, where that is known. */
  ranges: AlteredRange[];
}

export const check = (
  kind: CheckKind,
  name: string,
  verdict: CheckVerdict,
  more: Partial<Pick<Check, "role" | "detail" | "ranges">> = {},
): Check => ({ kind, name, role: null, verdict, detail: null, ranges: [], ...more });

/** A file's judgement as a check. */
export function fileCheck({ name, role }: ManifestFile, verdict: FileVerdict): Check {
  switch (verdict.kind) {
    case "right":
      return check("file", name, "right", { role });
    case "missing":
      return check("file", name, "missing", { role });
    case "notTheOriginal":
      return check("file", name, "wrong", { role, detail: verdict.what });
    case "altered":
      return check("file", name, "wrong", { role, detail: verdict.what, ranges: verdict.ranges });
  }
}

/** All of them together: what is worst decides. A report may be made anew, which is no fault of the capture. */
export function judge(checks: readonly Check[]): "right" | "wrong" | "incomplete" {
  const counted = checks.filter(({ role, verdict }) => role !== "report" || verdict === "right");
  if (counted.some(({ verdict }) => verdict === "wrong")) return "wrong";
  if (counted.some(({ kind, verdict }) => kind === "file" && verdict === "missing")) return "wrong";
  const isThere = counted.some(({ role, verdict }) => role === "capture" && verdict === "right");
  return isThere ? "right" : "incomplete";
}
