import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get, request } from "./request.ts";

/** One thing that was looked at. */
export interface VerifyCheck {
  kind: "manifest" | "chain" | "file" | "log";
  name: string;
  role: "capture" | "coverage" | "owners" | "report" | null;
  verdict: "right" | "wrong" | "missing" | "removed" | "notHere" | "notChecked";
  detail: string | null;
  /** Bytes that are not what was signed. */
  ranges: { start: number; end: number }[];
}

/** How far it is, or what came of it. */
export interface Verification {
  sessionId: string;
  state: "running" | "done" | "failed";
  startedAt: string;
  finishedAt: string | null;
  readBytes: number;
  totalBytes: number;
  verdict: "right" | "wrong" | "incomplete" | null;
  checks: VerifyCheck[];
  problem: string | null;
}

export const verifyAction = "Nightcap/captures/write";
const progressMilliseconds = 400;

const pathOf = (sessionId: string): string => `/nightcap/v1/captures/${sessionId}/verify`;

/** The last verification of a recording, followed while it runs. */
export const useVerification = (sessionId: string): UseQueryResult<Verification | null> =>
  useQuery({
    queryKey: ["verification", sessionId],
    queryFn: async () => (await get<{ value: Verification[] }>(pathOf(sessionId))).value[0] ?? null,
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => data?.state === "running" && progressMilliseconds,
  });

export const beginVerification = (sessionId: string): Promise<unknown> =>
  request("POST", pathOf(sessionId));
