import { requestUrl } from "../../common/http.ts";
import { openAccess } from "../../provider/authorization/assignment-store.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { State } from "../../state/state.ts";
import type { MountedHandler } from "../http-server.ts";
import type { Guard } from "../nightcap-access.ts";
import type { Events } from "./events.ts";
import type { Subscriber } from "./subscriber.ts";

const path = "/nightcap/v1/events";
const action = "Nightcap/events/read";

/** `GET /nightcap/v1/events`: what changes here, as server-sent events. Null for other paths. */
export function createEventsApi(options: {
  events: Events;
  guard: Guard;
  state: State;
  /** `/subscriptions/{id}` */
  subscription: string;
  /** Who asks now, without keeping a session alive: a page that is only left open ends it. */
  callerOf(request: Request): Promise<Pick<Caller, "id"> | null>;
}): MountedHandler {
  const { events, guard, state, subscription } = options;
  return async (request, { incoming }) => {
    const url = requestUrl(request);
    if (url.pathname !== path || request.method !== "GET") return null;
    // What is asked of it later must not hang on the connection, which may be gone by then.
    const kept = new Request(request.url, { headers: new Headers(request.headers) });
    return guard(request, async ({ id: callerId }) => {
      const subscriber = events.subscribe({
        callerId,
        after: readPlace(request.headers.get("last-event-id") ?? url.searchParams.get("after")),
        async isAllowed() {
          const caller = await options.callerOf(kept).catch(() => null);
          if (caller?.id !== callerId) return false;
          return (await openAccess(state, callerId)).allows(action, subscription);
        },
        cut: () => void incoming.socket.destroy(),
      });
      return new Response(bodyOf(subscriber), {
        headers: {
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-store",
          "x-accel-buffering": "no",
        },
      });
    });
  };
}

/** An id that is none is one that nobody was given: its reader is told to begin anew. */
const readPlace = (text: string | null): number | null =>
  text === null || text === "" ? null : /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;

/** Asks for the next piece when the one before is on its way, so that nothing gathers here. */
function bodyOf(subscriber: Pick<Subscriber, "read" | "end">): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await subscriber.read();
        if (piece !== null) return controller.enqueue(encoder.encode(piece));
        subscriber.end();
        controller.close();
      },
      cancel: () => subscriber.end(),
    },
    { highWaterMark: 0 },
  );
}
