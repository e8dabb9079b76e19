import type { UseQueryResult } from "@tanstack/react-query";
import type { ReportDocument } from "../../../report/document.ts";
import { againPrefix } from "../../api/capture-again.ts";
import type { Capture } from "../../api/capture.ts";
import { useCaptures } from "../../api/captures.ts";
import { hostNameOf, type IncidentCapture, type WholeIncident } from "../../api/incidents.ts";
import { useMachineIds } from "../../api/machines.ts";
import { useReport } from "../../api/reports.ts";

/** One recording of the incident and its packet capture, where that is still there. */
export interface Recording {
  asked: IncidentCapture;
  capture: Capture | null;
}

/** All that the page's parts share. */
export interface IncidentThings {
  incident: WholeIncident;
  /** Name of its host. */
  host: string;
  /** False: it was removed; null: not known yet. */
  isHostThere: boolean | null;
  recordings: readonly Recording[];
  /** Captures that people made from this page. */
  again: readonly Capture[];
  /** The recording whose answer the incident has. */
  told: Recording | null;
  report: UseQueryResult<ReportDocument>;
}

export function useIncidentThings(incident: WholeIncident): IncidentThings {
  const { data: captures = [] } = useCaptures();
  const { data: machines } = useMachineIds();
  const report = useReport(incident.answer?.reportLink ?? null);
  const recordings = incident.captures.map((asked) => ({
    asked,
    capture: captures.find(({ id }) => id.toLowerCase() === asked.captureId?.toLowerCase()) ?? null,
  }));
  const { resourceId, incidentId, answer } = incident;
  const isTold = ({ asked }: Recording): boolean =>
    asked.answer !== null && asked.answer.reportLink === answer?.reportLink;
  return {
    incident,
    host: hostNameOf(resourceId),
    isHostThere: machines ? machines.has(resourceId.toLowerCase()) : null,
    recordings,
    again: captures.filter(({ name }) => name.startsWith(againPrefix(incidentId))),
    told: recordings.find(isTold) ?? null,
    report,
  };
}

/** Page of the recording whose packets the story is about; null when it is not here any more. */
export function placeOfPackets({ told }: IncidentThings): string | null {
  const sessionId = told?.capture?.properties.nightcap?.sessionId;
  return sessionId === undefined ? null : `/captures/${sessionId}`;
}
