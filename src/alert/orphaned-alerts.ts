import type { DocumentTable } from "../common/documents.ts";
import { type AlertRecord, putAlert, withCondition } from "./alert-record.ts";

/** What is known of a rule that is there. */
export interface KnownRule {
  readonly isEnabled: boolean;
  /** Ids of the resources that it is about, in lower case; null: it does not say. */
  readonly targets: ReadonlySet<string> | null;
}

const reasons = {
  deleted: "the alert rule was deleted",
  disabled: "the alert rule was disabled",
  moved: "the alert rule is not about this resource any more",
} as const;

export interface OrphanCount {
  resolvedCount: number;
  /** Of alerts that something else wrote meanwhile: they are looked at again. */
  missedCount: number;
}

/**
 * Resolves alerts that nobody looks at any more, each with the reason in its history: their rule is gone or off, or is
 * about other resources. Nobody is told, as whom to tell was the rule's to say. Rules are known by their ids in lower case.
 */
export async function resolveOrphans(
  alerts: DocumentTable<AlertRecord>,
  rules: ReadonlyMap<string, KnownRule>,
  now: number,
): Promise<OrphanCount> {
  const count: OrphanCount = { resolvedCount: 0, missedCount: 0 };
  for (const { body, revision } of await alerts.list()) {
    const reason = reasonOf(body, rules);
    if (reason === null) continue;
    const change = { time: now, comment: reasons[reason] };
    const isWritten = await putAlert(alerts, withCondition(body, "Resolved", change), revision);
    count[isWritten ? "resolvedCount" : "missedCount"]++;
  }
  return count;
}

function reasonOf(
  { transition }: AlertRecord,
  rules: ReadonlyMap<string, KnownRule>,
): keyof typeof reasons | null {
  if (transition.monitorCondition === "Resolved") return null;
  const rule = rules.get(transition.ruleId.toLowerCase());
  if (!rule) return "deleted";
  if (!rule.isEnabled) return "disabled";
  return rule.targets?.has(transition.targetResourceId.toLowerCase()) === false ? "moved" : null;
}
