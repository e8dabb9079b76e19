import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./request.ts";

/** Answers are asked for again when an event says that they changed; this is for events that were missed. */
const staleMilliseconds = 30_000;
/** For what events did not tell, as when the connection was cut. */
const refreshMilliseconds = 30_000;
const retryCountMax = 2;

/** What the page knows of the control plane; a refusal is shown at once, an outage is tried again. */
export const createQueries = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: staleMilliseconds,
        refetchInterval: ({ queryKey: [topic] }) =>
          String(topic).startsWith("live-") && refreshMilliseconds,
        retry: (count, error) => isOutage(error) && count < retryCountMax,
      },
    },
  });

const isOutage = (error: Error): boolean => !(error instanceof ApiError) || error.status >= 500;
