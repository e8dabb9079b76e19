import type { UseQueryResult } from "@tanstack/react-query";
import { useList } from "./list.ts";
import { request } from "./request.ts";
import { topicKey } from "./topics.ts";

/** A notification that no try delivered. */
export interface DeadLetter {
  id: string;
  target: string;
  incidentId: string;
  title: string;
  severity: number;
  attemptCount: number;
  reason: string | null;
  acceptedTime: string;
  diedTime: string;
}

const path = "/nightcap/v1/notification-dead-letters";
export const deadLettersKey = [topicKey("trouble"), "dead-letters"] as const;
export const readLettersAction = "Nightcap/notification-dead-letters/read";
export const retryLettersAction = "Nightcap/notification-dead-letters/write";
export const dropLettersAction = "Nightcap/notification-dead-letters/delete";

export const useDeadLetters = (isAllowed: boolean): UseQueryResult<DeadLetter[]> =>
  useList<DeadLetter>(deadLettersKey, path, isAllowed);

/** Null: all of them. */
export const retryLetters = (ids: readonly string[] | null): Promise<{ count: number }> =>
  request("POST", `${path}/retry`, { ids });

/** Null: all of them. */
export const dropLetters = (id: string | null): Promise<{ count: number }> =>
  request("DELETE", id === null ? path : `${path}/${id}`);
