import type { Protocol } from "./registry.ts";

/** A protocol of which only the name is told: it carries nothing that is dissected. It is read to its end. */
export function leaf(name: string, places: Partial<Protocol>): Protocol {
  return {
    name,
    ...places,
    dissect(frame, at) {
      frame.enter(name, at);
      if (frame.capturedEnd < frame.reportedEnd) frame.enter("_ws.short");
    },
  };
}
