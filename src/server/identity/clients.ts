import { randomUUID } from "node:crypto";
import type { Clock } from "../../common/clock.ts";
import type { DocumentTable, StoredDocument } from "../../common/documents.ts";
import { NightcapError } from "../../common/errors.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { findSecret, makeSecret, type SecretRecord } from "./client-secret.ts";

/** Clients that may be registered. */
export const clientCountMax = 10_000;
/** Secrets that one client may have at a time, those that ended included. */
export const secretCountMax = 8;
/** Writes that lost a race against another are tried again so often. */
const attemptCountMax = 5;

interface ClientRecord {
  name: string;
  createdAt: number;
  /** Nightcap's own: people may not delete or rotate it. */
  isBuiltIn: boolean;
  secrets: SecretRecord[];
}

/** As clients were kept while each had one secret; all of them were Nightcap's own. */
interface FormerRecord {
  name: string;
  salt: string;
  hash: string;
  createdAt: number;
}

export type StoredClient = ClientRecord | FormerRecord;

/** A client without what a secret could be guessed from. */
export interface ClientView {
  clientId: string;
  name: string;
  createdAt: number;
  isBuiltIn: boolean;
  secrets: readonly Pick<SecretRecord, "keyId" | "hint" | "createdAt" | "endsAt">[];
}

/** A client with the text of a secret that was made just now: the only time that it is seen. */
export interface NewSecret {
  client: ClientView;
  keyId: string;
  secret: string;
}

export type Verdict =
  | { caller: Caller }
  | { problem: "clientUnknown" | "secret" | "secretExpired" };

export interface Clients {
  create(options: { name: string; isBuiltIn: boolean; endsAt: number | null }): Promise<NewSecret>;
  /** Whether `secret` is one of the client's and has not ended. */
  verify(clientId: string, secret: string): Promise<Verdict>;
  get(clientId: string): Promise<Caller | null>;
  /** By client id or name; null when there is none. */
  find(idOrName: string): Promise<ClientView | null>;
  /** In the order of their ids; `after` is the last id of the page before. */
  list(options: { after?: string; limit: number }): Promise<ClientView[]>;
  /** One more secret; `removeEarlier` ends all others at once. */
  addSecret(
    clientId: string,
    options: { endsAt: number | null; removeEarlier: boolean },
  ): Promise<NewSecret>;
  removeSecret(clientId: string, keyId: string): Promise<ClientView>;
  delete(clientId: string): Promise<void>;
}

export function createClients(table: DocumentTable<StoredClient>, clock: Clock): Clients {
  const read = async (clientId: string): Promise<StoredDocument<ClientRecord> | null> => {
    const found = await table.get(clientId.toLowerCase());
    return found ? { ...found, body: currentShape(found) } : null;
  };
  const change = async (
    clientId: string,
    edit: (record: ClientRecord) => ClientRecord,
  ): Promise<ClientView> => {
    for (let attempt = 0; attempt < attemptCountMax; attempt++) {
      const found = await read(clientId);
      if (!found) throw clientNotFound(clientId);
      const { key, revision } = found;
      const record = edit(found.body);
      if (await table.put(key, record, { revision })) return viewClient(key, record);
    }
    throw new NightcapError("Conflict", `service principal ${clientId} is being changed by others`);
  };
  return {
    async create({ name, isBuiltIn, endsAt }) {
      if ((await table.count()) >= clientCountMax) {
        throw new NightcapError("Conflict", `${clientCountMax} clients are registered already`);
      }
      const clientId = randomUUID();
      const now = clock.now();
      const { text, record } = await makeSecret(now, endsAt);
      const client: ClientRecord = { name, createdAt: now, isBuiltIn, secrets: [record] };
      await table.put(clientId, client, { revision: 0 });
      return { client: viewClient(clientId, client), keyId: record.keyId, secret: text };
    },
    async verify(clientId, secret) {
      const found = await read(clientId);
      if (!found) return { problem: "clientUnknown" };
      const match = await findSecret(found.body.secrets, secret);
      if (!match) return { problem: "secret" };
      if (hasEnded(match, clock.now())) return { problem: "secretExpired" };
      return { caller: callerOf(found) };
    },
    async get(clientId) {
      const found = await read(clientId);
      return found ? callerOf(found) : null;
    },
    async find(idOrName) {
      const found = await read(idOrName);
      if (found) return viewClient(found.key, found.body);
      const wanted = idOrName.toLowerCase();
      const named = (await table.list()).find(({ body }) => body.name.toLowerCase() === wanted);
      return named ? viewClient(named.key, currentShape(named)) : null;
    },
    async list(query) {
      return (await table.list(query)).map((found) => viewClient(found.key, currentShape(found)));
    },
    async addSecret(clientId, { endsAt, removeEarlier }) {
      const { text, record } = await makeSecret(clock.now(), endsAt);
      const client = await change(clientId, (before) => {
        const kept = removeEarlier ? [] : withRoom(before.secrets, clock.now());
        if (kept.length >= secretCountMax) {
          throw new NightcapError(
            "Conflict",
            `service principal "${before.name}" has ${kept.length} secrets, which is the limit; remove one first`,
          );
        }
        return { ...before, secrets: [...kept, record] };
      });
      return { client, keyId: record.keyId, secret: text };
    },
    removeSecret: (clientId, keyId) =>
      change(clientId, (before) => {
        const secrets = before.secrets.filter((secret) => secret.keyId !== keyId.toLowerCase());
        if (secrets.length < before.secrets.length) return { ...before, secrets };
        throw new NightcapError(
          "ResourceNotFound",
          `service principal "${before.name}" has no secret with key id "${keyId}"`,
        );
      }),
    async delete(clientId) {
      if (!(await table.delete(clientId.toLowerCase()))) throw clientNotFound(clientId);
    },
  };
}

export const clientNotFound = (clientId: string): NightcapError =>
  new NightcapError("ResourceNotFound", `there is no service principal "${clientId}"`);

const hasEnded = ({ endsAt }: SecretRecord, now: number): boolean =>
  endsAt !== null && endsAt <= now;

/** Those that ended are kept, so that who uses one is told so, until their place is needed. */
const withRoom = (secrets: SecretRecord[], now: number): SecretRecord[] =>
  secrets.length < secretCountMax ? secrets : secrets.filter((secret) => !hasEnded(secret, now));

function currentShape({ key, body }: StoredDocument<StoredClient>): ClientRecord {
  if ("secrets" in body) return body;
  const { name, salt, hash, createdAt } = body;
  const secret = { keyId: key, hint: null, salt, hash, createdAt, endsAt: null };
  return { name, createdAt, isBuiltIn: true, secrets: [secret] };
}

const callerOf = ({ key, body }: StoredDocument<ClientRecord>): Caller => ({
  id: key,
  name: body.name,
  isBuiltIn: body.isBuiltIn,
});

const viewClient = (clientId: string, record: ClientRecord): ClientView => ({
  clientId,
  name: record.name,
  createdAt: record.createdAt,
  isBuiltIn: record.isBuiltIn,
  secrets: record.secrets.map(({ keyId, hint, createdAt, endsAt }) => ({
    keyId,
    hint,
    createdAt,
    endsAt,
  })),
});
