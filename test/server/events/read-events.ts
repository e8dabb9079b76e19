// A reader of server-sent events that does what a browser's EventSource does, and can be cut or stop reading.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

export interface SeenEvent {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

export type EventReader = Awaited<ReturnType<typeof readEvents>>;

export async function readEvents(
  url: string,
  { ca, headers = {} }: { ca: string; headers?: Record<string, string> },
) {
  const request = httpsRequest(url, { ca, agent: false, headers });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const events: SeenEvent[] = [];
  const seen = { lastId: headers["last-event-id"] ?? "", comments: 0, text: "" };
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    seen.text += chunk;
    for (let end = seen.text.indexOf("\n\n"); end >= 0; end = seen.text.indexOf("\n\n")) {
      take(seen.text.slice(0, end), events, seen);
      seen.text = seen.text.slice(end + 2);
    }
  });
  // A cut connection is an end like any other.
  response.on("error", () => {});
  request.on("error", () => {});
  const ended = new Promise<void>((resolve) => void response.once("close", resolve));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    ended,
    get lastId() {
      return seen.lastId;
    },
    get comments() {
      return seen.comments;
    },
    stopReading: () => response.pause(),
    goOn: () => response.resume(),
    cut: () => response.destroy(),
  };
}

function take(
  block: string,
  events: SeenEvent[],
  seen: { lastId: string; comments: number },
): void {
  let event = "message";
  let data: string | null = null;
  for (const line of block.split("\n")) {
    const [field = "", ...rest] = line.split(":");
    const value = rest.join(":").replace(/^ /, "");
    if (field === "") seen.comments++;
    if (field === "id") seen.lastId = value;
    if (field === "event") event = value;
    if (field === "data") data = value;
  }
  if (data === null) return;
  events.push({ id: seen.lastId, event, data: JSON.parse(data) as Record<string, unknown> });
}
