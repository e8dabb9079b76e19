import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { topicKey } from "./topics.ts";
import { get } from "./request.ts";

/** Something that is wrong with Nightcap itself, now. */
export interface Trouble {
  kind: string;
  severity: "bad" | "warn";
  subject: string | null;
  count: number;
  detail: string | null;
  since: string | null;
  /** Below `/ui/`. */
  page: string | null;
}

export const useTroubles = (): UseQueryResult<Trouble[]> =>
  useQuery({
    queryKey: [topicKey("trouble"), "list"],
    queryFn: async () => (await get<{ value: Trouble[] }>("/nightcap/v1/troubles")).value,
  });
