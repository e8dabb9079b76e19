import { packetCaptureType } from "../../provider/captures/capture-create.ts";
import {
  type CaptureSession,
  captureSessionCollection,
} from "../../provider/captures/capture-session.ts";
import { type MachineRecord, virtualMachineType } from "../../provider/compute/machines.ts";
import { logRuleType } from "../../provider/insights/log-rules/scheduled-query-rules.ts";
import { actionGroupType, metricAlertType } from "../../provider/insights/rules-and-groups.ts";
import type { StateChange } from "../../state/watched-state.ts";

/** What an event is about. */
export type EventKind =
  | "incident"
  | "capture"
  | "host"
  | "alert"
  | "notification"
  | "block"
  | "trouble";

/** What is told of one change: a name, by which whoever wants to know more asks. */
export interface EventSubject {
  kind: EventKind;
  id: string;
  change: "put" | "deleted";
  /** Of what was written, where it counts its own. */
  revision?: number;
}

type Reader = (change: StateChange) => EventSubject | null;

const named =
  (kind: EventKind): Reader =>
  ({ key, body, revision }) => ({
    kind,
    id: key,
    change: body ? "put" : "deleted",
    ...(revision === null ? {} : { revision: ownRevision(body) ?? revision }),
  });

/** An incident counts what it tells people of; other documents only have the state's count of their writes. */
const ownRevision = (body: object | null): number | null =>
  body && "revision" in body && typeof body.revision === "number" ? body.revision : null;

/** A session ends with its packet capture, whose deletion is told by itself. */
const ofSession: Reader = ({ body }) =>
  body && { kind: "capture", id: (body as CaptureSession).captureId, change: "put" };

const ofMachine: Reader = ({ key, body }) => ({
  kind: "host",
  id: body ? (body as MachineRecord).resourceId : key,
  change: body ? "put" : "deleted",
});

const documentReaders: ReadonlyMap<string, Reader> = new Map([
  ["incidents", named("incident")],
  [captureSessionCollection, ofSession],
  ["machines", ofMachine],
  ["alerts", named("alert")],
  ["notificationOutbox", named("notification")],
  ["blockHosts", named("block")],
  ["notificationDeadLetters", named("trouble")],
  ["unplacedAlerts", named("trouble")],
]);

const resourceKinds: ReadonlyMap<string, EventKind> = new Map([
  [packetCaptureType.toLowerCase(), "capture"],
  [virtualMachineType.toLowerCase(), "host"],
  [metricAlertType.toLowerCase(), "alert"],
  [logRuleType.toLowerCase(), "alert"],
  [actionGroupType.toLowerCase(), "alert"],
]);

/** What a change of the state is to those who watch; null: nothing. */
export function subjectOf(change: StateChange): EventSubject | null {
  if (change.collection !== null) {
    return documentReaders.get(change.collection)?.(change) ?? null;
  }
  const kind = resourceKinds.get(typeOf(change.key));
  return kind ? named(kind)(change) : null;
}

/** The type in a resource's id, in lower case; an id that is none has no type that is looked for. */
function typeOf(id: string): string {
  const [provider = "", ...rest] = id.toLowerCase().split("/providers/").at(-1)?.split("/") ?? [];
  return [provider, ...rest.filter((_segment, at) => at % 2 === 0)].join("/");
}
