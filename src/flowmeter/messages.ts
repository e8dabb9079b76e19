// Between the meter and its worker.
import type { ErrorCode } from "../common/errors.ts";
import type { EngineReport } from "./health.ts";
import type { FlowLogTarget, FlowMeterSettings } from "./settings.ts";
import type { MeterRecord } from "./records.ts";
import type { ToldChange } from "./told-flow.ts";

export interface EngineStart {
  engine: "conntrack" | "packets";
  settings: FlowMeterSettings;
  networkNamespace: string | null;
  targets: readonly FlowLogTarget[];
  marks: RuleMarks;
  /** What a meter that was killed had told of flows, as changes one after the other; null: nothing is known. */
  told: Uint8Array | null;
}

/** Names of rules by masked mark. */
export type RuleMarks = readonly (readonly [mark: number, rule: string])[];

export type ToEngine =
  | { kind: "targets"; targets: readonly FlowLogTarget[] }
  | { kind: "marks"; marks: RuleMarks }
  /** The last records were taken; more may come. */
  | { kind: "taken" }
  /** Say what is left, and end. */
  | { kind: "close" };

export type FromEngine =
  | { kind: "ready" }
  /** `told` is what of the flows is told once these records are kept. */
  | { kind: "records"; records: MeterRecord[]; told: ToldChange | null }
  | { kind: "report"; report: EngineReport }
  /** A flow has a mark that no rule is known for: nft's rules may have changed. */
  | { kind: "unknownMark" }
  /** It cannot go on, or not begin. */
  | { kind: "failed"; code: ErrorCode; reason: string }
  | { kind: "closed" };
