import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get, request } from "./request.ts";
import { topicKey } from "./topics.ts";

/** A receiver of an action group that calls the responder here. */
export interface KeyHolder {
  actionGroup: string;
  actionGroupId: string;
  receiver: string;
  /** Which key it has; "none": one that is not let in. */
  key: "current" | "earlier" | "none";
}

/** The key with which alerts come in, never itself. */
export interface FunctionKeys {
  url: string;
  /** Null: it is the first one. */
  madeTime: string | null;
  earlierUntilTime: string | null;
  holders: KeyHolder[];
}

const path = "/nightcap/v1/function-keys";
/** Changes with action groups, which have it in their addresses. */
export const functionKeysKey = [topicKey("alert"), "function-keys"] as const;
export const readFunctionKeysAction = "Nightcap/function-keys/read";
export const rotateFunctionKeyAction = "Nightcap/function-keys/write";

export const useFunctionKeys = (isAllowed: boolean): UseQueryResult<FunctionKeys> =>
  useQuery({
    queryKey: functionKeysKey,
    queryFn: () => get<FunctionKeys>(path),
    enabled: isAllowed,
  });

/** The next key, which is told this once; the one before goes on for so long. */
export const rotateFunctionKey = (earlierSeconds: number): Promise<{ key: string }> =>
  request("POST", `${path}/rotate`, { earlierSeconds });
