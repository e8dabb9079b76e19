import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get, request } from "./request.ts";

/** A place where people are told, without its secrets. */
export interface NotificationTarget {
  name: string;
  kind: string;
  /** Scheme and host, of targets that have an address. */
  where?: string;
  /** It is of the settings, and not changed over the API. */
  isFixed: boolean;
}

/** How a test ended. */
export interface TargetTest {
  delivered: boolean;
  reason: string | null;
  milliseconds: number;
}

const path = "/nightcap/v1/notification-targets";
export const testTargetAction = "Nightcap/notification-targets/write";

export const useNotificationTargets = (): UseQueryResult<NotificationTarget[]> =>
  useQuery({
    queryKey: ["notification-targets"],
    queryFn: async () => (await get<{ value: NotificationTarget[] }>(path)).value,
  });

/** Sends the target a message that says it is a test. */
export const testTarget = (name: string): Promise<TargetTest> =>
  request<TargetTest>("POST", `${path}/${encodeURIComponent(name)}/test`);
