import { type Liveness, type Topic, topics } from "./topics.ts";

const path = "/nightcap/v1/events";
/** Names the lock and the channel that the windows of one browser share. */
const name = "nightcap-events";

export interface EventListeners {
  onLiveness(liveness: Liveness): void;
  onTopic(topic: Topic): void;
  /** What was missed is not known. */
  onReset(): void;
}

type Heard =
  | { kind: "liveness"; liveness: Liveness }
  | { kind: "topic"; topic: Topic; id: string }
  | { kind: "reset"; id: string };

/** A window that opens asks how the stream is. */
const question = "how is it?";

/**
 * One stream for all windows of this browser, which opens few connections to one address: the window that has
 * the lock hears, and tells the others. When it closes the next one goes on after the last event that was told.
 * Returns what ends it.
 */
export function followEvents(listeners: EventListeners): () => void {
  const channel = new BroadcastChannel(name);
  const ending = new AbortController();
  let lastId: string | null = null;
  let liveness: Liveness = "connecting";
  let isHearing = false;
  const hear = (heard: Heard): void => {
    if (heard.kind === "liveness") {
      liveness = heard.liveness;
      listeners.onLiveness(liveness);
      return;
    }
    lastId = heard.id;
    if (heard.kind === "topic") listeners.onTopic(heard.topic);
    else listeners.onReset();
  };
  channel.addEventListener("message", ({ data }: MessageEvent<Heard | typeof question>) => {
    if (data !== question) hear(data);
    else if (isHearing) channel.postMessage({ kind: "liveness", liveness });
  });
  channel.postMessage(question);
  const tellAll = (heard: Heard): void => {
    if (ending.signal.aborted) return;
    hear(heard);
    channel.postMessage(heard);
  };
  navigator.locks
    .request(name, { signal: ending.signal }, async () => {
      isHearing = true;
      await listen(lastId, tellAll, ending.signal);
    })
    .catch(() => {}); // ended while it waited
  return () => {
    ending.abort();
    channel.close();
  };
}

/** Until the signal. The browser itself connects again, with the last id that it had. */
function listen(
  after: string | null,
  tell: (heard: Heard) => void,
  signal: AbortSignal,
): Promise<void> {
  const source = new EventSource(after === null ? path : `${path}?after=${after}`);
  source.addEventListener("open", () => tell({ kind: "liveness", liveness: "live" }));
  source.addEventListener("error", () => tell({ kind: "liveness", liveness: "lost" }));
  source.addEventListener("reset", ({ lastEventId: id }) => tell({ kind: "reset", id }));
  for (const topic of topics) {
    source.addEventListener(topic, ({ lastEventId: id }) => tell({ kind: "topic", topic, id }));
  }
  return new Promise((resolve) => {
    const end = (): void => {
      source.close();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
