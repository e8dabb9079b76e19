import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./request.ts";
import { sessionKey } from "./session.ts";

/** Answers are asked for again when an event says that they changed; this is for events that were missed. */
const staleMilliseconds = 30_000;
/** For what events did not tell, as when the connection was cut. */
const refreshMilliseconds = 30_000;
const retryCountMax = 2;

/** What the page knows of the control plane; a refusal is shown at once, an outage is tried again. */
export function createQueries(): QueryClient {
  const queries = new QueryClient({
    queryCache: new QueryCache({
      // The session has ended elsewhere, or was too old: the page goes back to the door.
      onError: (error, { queryKey }) => {
        if (isSignedOut(error) && queryKey[0] !== sessionKey[0])
          void queries.invalidateQueries({ queryKey: sessionKey });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: staleMilliseconds,
        refetchInterval: ({ queryKey: [topic] }) =>
          String(topic).startsWith("live-") && refreshMilliseconds,
        retry: (count, error) => isOutage(error) && count < retryCountMax,
      },
    },
  });
  return queries;
}

const isSignedOut = (error: Error): boolean => error instanceof ApiError && error.status === 401;
const isOutage = (error: Error): boolean => !(error instanceof ApiError) || error.status >= 500;
