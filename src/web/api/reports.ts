import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ReportDocument } from "../../report/document.ts";
import { get } from "./request.ts";

/** The report behind a link, as JSON: it is made once and does not change. */
export const useReport = (link: string | null): UseQueryResult<ReportDocument> =>
  useQuery({
    queryKey: ["report", link],
    queryFn: () => get<ReportDocument>(jsonPathOf(link ?? "")),
    enabled: link !== null,
    staleTime: Infinity,
  });

/** Path and key of the page's address, with the other ending; the page asks no other host. */
function jsonPathOf(link: string): string {
  const { pathname, search } = new URL(link, location.origin);
  return `${pathname.replace(/\.html$/, ".json")}${search}`;
}
