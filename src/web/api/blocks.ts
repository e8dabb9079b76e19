import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { topicKey } from "./topics.ts";
import { get, request } from "./request.ts";

/** What a host refuses for a time. */
export interface Block {
  id: string;
  direction: string;
  address: string;
  protocol: string | null;
  port: string | null;
  state: "Applied" | "Pending" | "Refused";
  problem: string | null;
  remainingSeconds: number;
  endTime: string;
  /** Counted by the host's kernel; null while it does not have it. */
  packets: number | null;
  bytes: number | null;
  createdBy: string;
  reason: string | null;
}

export interface HostBlocks {
  value: Block[];
  /** What the host's administrator allows; null while it has said nothing. */
  host: { allowed: boolean; durationSecondsMax: number; error: string | null } | null;
}

/** What is asked for; the host judges it. */
export interface BlockRequest {
  address: string;
  port: string | null;
  direction: "out" | "in" | "both";
  durationSeconds: number;
  reason: string | null;
  force: boolean;
}

/** What the host would load; null where it did not say. */
export type DryRun = Block & { dryRun: true; script: string | null };

export const blockAction = "Nightcap/blocks/write";
export const unblockAction = "Nightcap/blocks/delete";
export const readBlocksAction = "Nightcap/blocks/read";

const pathOf = (host: string): string => `/nightcap/v1/hosts/${encodeURIComponent(host)}/blocks`;
/** Counters and what is left go on without an event. */
const lookMilliseconds = 5_000;

export const useBlocks = (host: string, isAsked: boolean): UseQueryResult<HostBlocks> =>
  useQuery({
    queryKey: [topicKey("block"), host],
    queryFn: () => get<HostBlocks>(pathOf(host)),
    enabled: isAsked,
    refetchInterval: ({ state }) =>
      (state.data?.value.length ?? 0) > 0 ? lookMilliseconds : false,
  });

export const tryBlock = (host: string, wanted: BlockRequest): Promise<DryRun> =>
  request<DryRun>("POST", pathOf(host), { ...wanted, dryRun: true });
export const makeBlock = (host: string, wanted: BlockRequest): Promise<Block> =>
  request<Block>("POST", pathOf(host), wanted);
export const liftBlock = (host: string, id: string): Promise<unknown> =>
  request("DELETE", `${pathOf(host)}/${encodeURIComponent(id)}`);
