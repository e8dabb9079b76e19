import type { CaptureSession } from "../../provider/captures/capture-session.ts";
import { sessionStore } from "../../provider/captures/session-store.ts";
import type { State } from "../../state/state.ts";
import type { CaptureGroup } from "./group-reports.ts";

/**
 * The groups of a capture: the one that was asked for by name, the hosts of its scale set, and what
 * `alertGroups` knows of the alert or incident that it was made for.
 */
export async function groupsOf(
  state: State,
  session: CaptureSession,
  alertGroups: (captureId: string) => Promise<readonly CaptureGroup[]>,
): Promise<CaptureGroup[]> {
  const { captureId, groupName, spec } = session;
  const watcherId = captureId.toLowerCase().split("/").slice(0, -2).join("/");
  const named = groupName && {
    key: `name\n${watcherId}\n${groupName}`,
    title: `Captures ${groupName}`,
    captureCount: null,
  };
  return [
    ...(named ? [named] : []),
    ...(await scaleSetGroup(state, { captureId, name: spec.name, session })),
    ...(await alertGroups(captureId)),
  ];
}

async function scaleSetGroup(
  state: State,
  { captureId, name, session }: { captureId: string; name: string; session: CaptureSession },
): Promise<CaptureGroup[]> {
  if (session.instanceId === undefined) return [];
  const captureCount = (await sessionStore(state).findAll(captureId)).length;
  // Another capture may take the name later.
  const key = `set\n${captureId.toLowerCase()}\n${session.createdAt}`;
  return [{ key, title: `Capture ${name} of a scale set`, captureCount }];
}
