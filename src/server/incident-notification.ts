import type { IncidentMessage } from "../incident/message.ts";
import type { NotificationMessage } from "../notify/message.ts";

/** Warnings about a capture that are told of; its report has all. */
const warningCountMax = 5;

/**
 * An incident's update as the message that targets get: the same id, revision and words, with what limits its capture and how
 * to look at the incident beside them.
 */
export function notificationOf(
  { facts, json, ...message }: IncidentMessage,
  warnings: readonly string[],
): NotificationMessage {
  const coverage = [...new Set(warnings)].slice(0, warningCountMax).join("; ");
  return {
    ...message,
    facts: [
      ...facts,
      ...(coverage === "" ? [] : [{ name: "coverage", value: coverage }]),
      { name: "look at it", value: showCommand(message.incidentId) },
    ],
    json: { ...json, coverageWarnings: [...warnings] },
  };
}

/** How people look at an incident where the control plane is. */
export const showCommand = (incidentId: string): string => `nightcap incidents show ${incidentId}`;
