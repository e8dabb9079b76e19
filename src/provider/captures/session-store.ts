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
/** More than any setting lets run at once, on hosts of scale sets too. */
const inProgressCountMax = 100_000;

/** Capture sessions in the state, written safely from several places. */
export interface SessionStore {
  get(sessionId: string): Promise<StoredDocument<CaptureSession> | null>;
  /** The sessions of a packet capture by its ARM id, one a host. */
  findAll(captureId: string): Promise<CaptureSession[]>;
  /** The same for many packet captures at once: what gives the sessions of each. */
  findMany(captureIds: readonly string[]): Promise<(captureId: string) => CaptureSession[]>;
  /** Names the present sessions of a packet capture: another capture that takes its name has another. */
  runOf(captureId: string): Promise<string | null>;
  /** Writes the sessions of a new packet capture, which are due at once. */
  add(sessions: readonly CaptureSession[]): Promise<void>;
  /**
   * Applies `change` to what is stored; `change` returns null to leave it. Runs again on a conflict.
   * `dueAt` null: it wants no attention.
   */
  update(
    sessionId: string,
    change: (session: CaptureSession) => SessionChange | null,
  ): Promise<CaptureSession | null>;
  /** True when the session was the last of its packet capture, and no newer one has the name. */
  remove(session: CaptureSession): Promise<boolean>;
  /** Those that something is still to come of; every other one has ended, and stays as it is. */
  inProgress(): Promise<CaptureSession[]>;
  /** How many those are; for a look that must not read them all. */
  inProgressCount(): Promise<number>;
  due(now: number, limit: number): Promise<CaptureSession[]>;
}

export interface SessionChange {
  session: CaptureSession;
  dueAt: number | null;
}

export function sessionStore(state: State): SessionStore {
  const sessions = state.documents<CaptureSession>(captureSessionCollection);
  const references = state.documents<CaptureSessionReference>(captureSessionIdCollection);
  const findMany: SessionStore["findMany"] = async (captureIds) => {
    const found = await references.getMany(captureIds.map((id) => id.toLowerCase()));
    const idsOf = new Map(found.map(({ key, body }) => [key, sessionIdsOf(body)]));
    const documents = await sessions.getMany([...idsOf.values()].flat());
    const byId = new Map(documents.map(({ key, body }) => [key, body]));
    return (captureId) =>
      (idsOf.get(captureId.toLowerCase()) ?? []).flatMap((id) => byId.get(id) ?? []);
  };
  return {
    get: (sessionId) => sessions.get(sessionId),
    findAll: async (captureId) => (await findMany([captureId]))(captureId),
    findMany,
    async runOf(captureId) {
      return (await references.get(captureId.toLowerCase()))?.body.sessionId ?? null;
    },
    async add(added) {
      for (const session of added) {
        const { sessionId } = session.spec;
        await sessions.put(sessionId, session, { revision: 0, dueAt: session.createdAt });
      }
      const [first] = added;
      if (!first) return;
      const sessionIds = added.map(({ spec }) => spec.sessionId);
      const reference = { sessionId: first.spec.sessionId, sessionIds };
      await references.put(first.captureId.toLowerCase(), reference);
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
      if (!reference || !sessionIdsOf(reference.body).includes(spec.sessionId)) return false;
      const left = sessionIdsOf(reference.body).filter((id) => id !== spec.sessionId);
      if (left.length === 0) return references.delete(key);
      await references.put(key, { ...reference.body, sessionIds: left });
      return false;
    },
    // A session that has ended is due at no time; each other one is, however late.
    inProgress: async () =>
      (await sessions.due(Number.MAX_SAFE_INTEGER, inProgressCountMax)).map(({ body }) => body),
    inProgressCount: () => sessions.countDue(),
    due: async (now, limit) => (await sessions.due(now, limit)).map(({ body }) => body),
  };
}

/** References of earlier versions name one session. */
const sessionIdsOf = ({ sessionId, sessionIds }: CaptureSessionReference): string[] =>
  sessionIds ?? [sessionId];
