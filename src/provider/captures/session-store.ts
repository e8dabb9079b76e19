import type { StoredDocument } from "../../common/documents.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import {
  type CaptureSession,
  captureSessionCollection,
  captureSessionIdCollection,
  type CaptureSessionReference,
} from "./capture-session.ts";

/** Times that a write is tried again because somebody else wrote first. */
const attemptCountMax = 20;

/** Capture sessions in the state, written safely from several places. */
export interface SessionStore {
  get(sessionId: string): Promise<StoredDocument<CaptureSession> | null>;
  /** The session of a packet capture by its ARM id. */
  find(captureId: string): Promise<StoredDocument<CaptureSession> | null>;
  /** Writes a new session that is due at once. */
  add(session: CaptureSession): Promise<void>;
  /**
   * Applies `change` to what is stored; `change` returns null to leave it. Runs again on a conflict.
   * `dueAt` null: it wants no attention.
   */
  update(
    sessionId: string,
    change: (session: CaptureSession) => SessionChange | null,
  ): Promise<CaptureSession | null>;
  remove(session: CaptureSession): Promise<void>;
  list(): Promise<CaptureSession[]>;
  due(now: number, limit: number): Promise<CaptureSession[]>;
}

export interface SessionChange {
  session: CaptureSession;
  dueAt: number | null;
}

export function sessionStore(state: State): SessionStore {
  const sessions = state.documents<CaptureSession>(captureSessionCollection);
  const references = state.documents<CaptureSessionReference>(captureSessionIdCollection);
  return {
    get: (sessionId) => sessions.get(sessionId),
    async find(captureId) {
      const reference = await references.get(captureId.toLowerCase());
      return reference ? sessions.get(reference.body.sessionId) : null;
    },
    async add(session) {
      const { sessionId } = session.spec;
      await sessions.put(sessionId, session, { revision: 0, dueAt: session.createdAt });
      await references.put(session.captureId.toLowerCase(), { sessionId });
    },
    async update(sessionId, change) {
      for (let attempt = 0; attempt < attemptCountMax; attempt++) {
        const found = await sessions.get(sessionId);
        const changed = found && change(found.body);
        if (!found || !changed) return found?.body ?? null;
        const { session, dueAt } = changed;
        if (await sessions.put(sessionId, session, { revision: found.revision, dueAt })) {
          return session;
        }
      }
      throw new NightcapError(
        "Conflict",
        `capture session ${sessionId} is being written too often`,
      );
    },
    async remove({ spec, captureId }) {
      await sessions.delete(spec.sessionId);
      const key = captureId.toLowerCase();
      const reference = await references.get(key);
      // The name may belong to a newer capture by now.
      if (reference?.body.sessionId === spec.sessionId) await references.delete(key);
    },
    list: async () => (await sessions.list()).map(({ body }) => body),
    due: async (now, limit) => (await sessions.due(now, limit)).map(({ body }) => body),
  };
}
