import type { UseQueryResult } from "@tanstack/react-query";
import { useList } from "./list.ts";
import { request } from "./request.ts";
import { topicKey } from "./topics.ts";

/** A recording that is under a legal hold. */
export interface HeldCapture {
  capture: string | null;
  sessionId: string;
  class: "evidence" | "bulk";
  hold: { reason: string; by: string; time: string } | null;
  /** What the control plane's own store has of it. */
  files: { name: string; sizeBytes: number }[];
  /** What the hold does not reach; null: nothing. */
  notHeld: string | null;
}

export const readHoldsAction = "Nightcap/holds/read";

export const useHolds = (): UseQueryResult<HeldCapture[]> =>
  useList<HeldCapture>([topicKey("capture"), "holds"], "/nightcap/v1/holds");

export const holdActions = ["Nightcap/holds/write", "Microsoft.Authorization/locks/write"] as const;
export const liftActions = [
  "Nightcap/holds/delete",
  "Microsoft.Authorization/locks/delete",
] as const;
export const classAction = "Nightcap/captures/write";

const holdPath = (sessionId: string): string =>
  `/nightcap/v1/holds/${encodeURIComponent(sessionId)}`;

/** Nobody can delete the files until the hold is lifted. */
export const setHold = (sessionId: string, reason: string): Promise<void> =>
  request("PUT", holdPath(sessionId), { reason });

export const liftHold = (sessionId: string, reason: string): Promise<void> =>
  request("DELETE", `${holdPath(sessionId)}?reason=${encodeURIComponent(reason)}`);

export const setClass = (sessionId: string, name: "evidence" | "bulk"): Promise<void> =>
  request("PUT", `/nightcap/v1/captures/${encodeURIComponent(sessionId)}/class`, { class: name });
