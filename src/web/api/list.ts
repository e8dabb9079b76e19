import { type QueryKey, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get } from "./request.ts";

/** A list as every route of Nightcap and of ARM answers one: `{value: [...]}`. */
export const useList = <Item>(
  queryKey: QueryKey,
  path: string,
  enabled = true,
): UseQueryResult<Item[]> =>
  useQuery({
    queryKey,
    queryFn: async () => (await get<{ value: Item[] }>(path)).value,
    enabled,
  });
