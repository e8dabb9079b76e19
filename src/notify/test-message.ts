import type { NotificationMessage } from "./message.ts";
import type { SendResult, Target } from "./target.ts";

const severityVerbose = 4;

/** Sends a message that says it is a test, at once and once: no routes, no quiet hours, no further try. */
export async function sendTest(
  target: Target,
  options: { incidentId: string; link: string; signal: AbortSignal },
): Promise<SendResult> {
  const message = (kind: "opened" | "closed", revision: number): NotificationMessage => ({
    incidentId: options.incidentId,
    revision,
    kind,
    severity: severityVerbose,
    title: "Nightcap: test notification",
    text: "This is a test: nothing happened. Notifications of incidents will come this way.",
    facts: [{ name: "target", value: target.name }],
    links: [{ name: "control plane", url: options.link }],
    json: { test: true },
  });
  const thread = { isFirst: true, subject: "Nightcap: test notification" };
  const { signal } = options;
  return target.send(message("opened", 1), { thread, signal });
}

/** Ends what a test began, for targets that keep incidents open. */
export const closeTest = (target: Target, incidentId: string, signal: AbortSignal) =>
  target.send(
    {
      incidentId,
      revision: 2,
      kind: "closed",
      severity: severityVerbose,
      title: "Nightcap: test notification",
      text: "The test is over.",
      facts: [],
      links: [],
      json: { test: true },
    },
    { thread: { isFirst: false, subject: "Nightcap: test notification" }, signal },
  );
