import type { UseQueryResult } from "@tanstack/react-query";
import { useList } from "./list.ts";

/** A write, or a request that was refused. */
export interface AuditEntry {
  who: { id: string; name: string } | null;
  action: string;
  method?: string;
  resourceId: string;
  when: string;
  from: string | null;
  detail?: string;
  outcome: { status: number; code: string | null };
  requestId: string;
  count?: number;
}

export const readAuditAction = "Nightcap/audit/read";

/** Since a time, the oldest first. */
export const useAudit = (from: string): UseQueryResult<AuditEntry[]> =>
  useList<AuditEntry>(["audit", from], `/nightcap/audit?from=${encodeURIComponent(from)}`);
