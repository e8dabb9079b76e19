import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get, request } from "./request.ts";

/** What somebody said that a gateway's connection carries. */
export interface GatewayCapacity {
  connection: string;
  megabitsPerSecond: number;
  setBy: string;
  setTime: string;
}

const path = "/nightcap/v1/gateway-capacities";
export const setCapacityAction = "Nightcap/gateway-capacities/write";
export const gatewayCapacitiesKey = ["gateway-capacities"] as const;
export const megabitsMax = 10_000_000;

export const useGatewayCapacities = (): UseQueryResult<GatewayCapacity[]> =>
  useQuery({
    queryKey: gatewayCapacitiesKey,
    queryFn: async () => (await get<{ value: GatewayCapacity[] }>(path)).value,
  });

const pathOf = (connection: string): string => `${path}/${encodeURIComponent(connection)}`;

export const setCapacity = (connection: string, megabitsPerSecond: number): Promise<unknown> =>
  request("PUT", pathOf(connection), { megabitsPerSecond });
export const removeCapacity = (connection: string): Promise<void> =>
  request("DELETE", pathOf(connection));
