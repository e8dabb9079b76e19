import { request } from "./request.ts";

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
