import type { UseQueryResult } from "@tanstack/react-query";
import { useList } from "./list.ts";
import { request } from "./request.ts";

export interface ThreatFeed {
  name: string;
  fetchedTime: string | null;
  checkedTime: string | null;
  error: string | null;
  failureCount: number;
  entryCount: number | null;
}

const path = "/nightcap/v1/threat-feeds";
export const threatFeedsKey = ["threat-feeds"] as const;
export const refreshFeedsAction = "Nightcap/threat-feeds/write";

export const useThreatFeeds = (): UseQueryResult<ThreatFeed[]> =>
  useList<ThreatFeed>(threatFeedsKey, path);
export const refreshFeeds = (): Promise<unknown> => request("POST", `${path}/refresh`);
