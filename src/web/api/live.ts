import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { gathered } from "./gathered.ts";
import { followEvents } from "./shared-events.ts";
import { type Liveness, type Topic, topicKey, topics } from "./topics.ts";

/** Follows the control plane's events while the page is open. */
export function useLiveUpdates(): Liveness {
  const queries = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>("connecting");
  useEffect(() => {
    const asks = new Map(
      topics.map((topic) => [topic, gathered(() => refresh(queries, topic))] as const),
    );
    const end = followEvents({
      onLiveness: setLiveness,
      onTopic(topic) {
        asks.get(topic)?.ask();
        // Whatever happens may also be something that is wrong, or no longer.
        asks.get("trouble")?.ask();
      },
      onReset: () => void queries.invalidateQueries(),
    });
    return () => {
      end();
      for (const each of asks.values()) each.end();
    };
  }, [queries]);
  return liveness;
}

const refresh = (queries: QueryClient, topic: Topic): Promise<void> =>
  queries.invalidateQueries({ queryKey: [topicKey(topic)] });
