import type { State, StoredResource } from "../../state/state.ts";
import { type CaptureSession, sessionStatus } from "./capture-session.ts";
import { sessionStore } from "./session-store.ts";

/**
 * The capture with `properties.nightcap` added: what Azure has no field for. Azure's clients leave out
 * what they do not know; ours show it. It is made when it is asked for, and never stored.
 */
export async function withCaptureExtension(
  state: State,
  resource: StoredResource,
): Promise<StoredResource> {
  const session = (await sessionStore(state).find(resource.id))?.body;
  if (!session) return resource;
  const properties = resource.body["properties"] as Record<string, unknown>;
  const nightcap = describeSession(session);
  return { ...resource, body: { ...resource.body, properties: { ...properties, nightcap } } };
}

function describeSession(session: CaptureSession): Record<string, unknown> {
  const { observed, result, spec } = session;
  const { errors } = sessionStatus(session, true);
  return {
    sessionId: spec.sessionId,
    phase: observed?.phase ?? "waiting",
    packets: observed?.packets ?? null,
    packetsDropped: observed?.packetsDropped ?? null,
    sizeBytes: observed?.sizeBytes ?? null,
    sha256: observed?.sha256 ?? null,
    sha256Verified: result?.sha256Verified ?? null,
    errors: errors.map(({ code, message }) => ({ code, message })),
    report: reportOf(session),
    problem: result?.problem ?? null,
  };
}

function reportOf({ result }: CaptureSession): Record<string, unknown> | null {
  if (!result?.reportLink) return null;
  return { link: result.reportLink, path: result.reportPath, text: result.text ?? "" };
}
