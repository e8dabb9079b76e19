/** What an event is about; the answer that it changes is asked for anew. */
export type Topic =
  | "incident"
  | "capture"
  | "host"
  | "alert"
  | "notification"
  | "block"
  | "trouble";

export const topics: readonly Topic[] = [
  "incident",
  "capture",
  "host",
  "alert",
  "notification",
  "block",
  "trouble",
];
/** Whether events are heard. */
export type Liveness = "connecting" | "live" | "lost";

/** First element of the key of every answer that events of a topic change. */
export const topicKey = (topic: Topic): string => `live-${topic}`;
