import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { topicKey } from "./topics.ts";
import { get } from "./request.ts";

const apiVersion = "2024-11-01";

/** Resource ids of the machines that are known now, in lower case: a host that was removed is none of them. */
export function useMachineIds(): UseQueryResult<ReadonlySet<string>> {
  const { subscriptionId } = useSignedIn();
  return useQuery({
    queryKey: [topicKey("host"), "ids", subscriptionId],
    queryFn: async () => {
      const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Compute/virtualMachines`;
      const { value } = await get<{ value: { id: string }[] }>(`${path}?api-version=${apiVersion}`);
      return new Set(value.map(({ id }) => id.toLowerCase()));
    },
  });
}
