import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

/** What an event is about; the answer that it changes is asked for anew. */
export type Topic =
  | "incident"
  | "capture"
  | "host"
  | "alert"
  | "notification"
  | "block"
  | "trouble";

const topics: readonly Topic[] = [
  "incident",
  "capture",
  "host",
  "alert",
  "notification",
  "block",
  "trouble",
];
/** First element of the key of every answer that events of a topic change. */
export const topicKey = (topic: Topic): string => `live-${topic}`;

export type Liveness = "connecting" | "live" | "lost";

/** Follows the control plane's events while the page is open. The browser resumes with the last id that it had. */
export function useLiveUpdates(): Liveness {
  const queries = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>("connecting");
  useEffect(() => {
    const source = new EventSource("/nightcap/v1/events");
    source.addEventListener("open", () => setLiveness("live"));
    source.addEventListener("error", () => setLiveness("lost"));
    source.addEventListener("reset", () => void queries.invalidateQueries());
    for (const topic of topics) {
      source.addEventListener(topic, () => void refresh(queries, topic));
    }
    return () => source.close();
  }, [queries]);
  return liveness;
}

const refresh = (queries: QueryClient, topic: Topic): Promise<void> =>
  queries.invalidateQueries({ queryKey: [topicKey(topic)] });
