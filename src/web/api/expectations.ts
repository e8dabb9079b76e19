import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { Blamed } from "./incidents.ts";
import { get, request } from "./request.ts";

/** What somebody said is expected: null is any. */
export interface Expectation extends Blamed {
  id: string;
  rule: string | null;
  /** Resource id. */
  host: string | null;
  reason: string;
  createdBy: string;
  expiresTime: string;
}

export type ExpectationRequest = Blamed &
  Pick<Expectation, "rule" | "host" | "reason"> & { days: number };

const path = "/nightcap/v1/expectations";
export const expectAction = "Nightcap/expectations/write";
export const readExpectationsAction = "Nightcap/expectations/read";
export const removeExpectationAction = "Nightcap/expectations/delete";
export const expectationsKey = ["expectations"] as const;

export const useExpectations = (isAsked: boolean): UseQueryResult<Expectation[]> =>
  useQuery({
    queryKey: expectationsKey,
    queryFn: async () => (await get<{ value: Expectation[] }>(path)).value,
    enabled: isAsked,
  });

export const expectThat = (wanted: ExpectationRequest): Promise<Expectation> =>
  request<Expectation>("POST", path, wanted);
export const removeExpectation = (id: string): Promise<void> =>
  request("DELETE", `${path}/${encodeURIComponent(id)}`);
