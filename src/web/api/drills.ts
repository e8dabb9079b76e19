import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { topicKey } from "./topics.ts";
import { get, request } from "./request.ts";

export interface Drill {
  state: "running" | "succeeded" | "failed";
  startTime: string;
  endTime: string | null;
  steps: { text: string; milliseconds: number | null }[];
  incidentId: string | null;
  problem: string | null;
}

const path = "/nightcap/v1/drills";
export const drillKey = [topicKey("incident"), "drill"];
export const startDrillAction = "Nightcap/drills/write";
/** While one runs; its steps are no events. */
const pollMilliseconds = 700;

export const useDrill = (): UseQueryResult<Drill | null> =>
  useQuery({
    queryKey: drillKey,
    queryFn: async () => (await get<{ newest: Drill | null }>(path)).newest,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? pollMilliseconds : false),
  });

export const startDrill = (): Promise<Drill> => request<Drill>("POST", path);
