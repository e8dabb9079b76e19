import type { Log } from "../../common/log.ts";
import { messageIdOf } from "../message.ts";
import { render } from "../render.ts";
import type { Target } from "../target.ts";
import type { TargetOf } from "../target-settings.ts";

/** The log as a receiver: one line for each message. */
export function logTarget(settings: TargetOf<"log">, log: Log): Target {
  return {
    name: settings.name,
    send(message) {
      const { incidentId, kind, severity } = message;
      const { subject, text, links } = render(settings, message);
      const fields = { messageId: messageIdOf(message), incidentId, kind, severity, subject, text };
      log.info({ ...fields, link: links[0]?.url ?? null }, "notification");
      return Promise.resolve({ ok: true });
    },
  };
}
