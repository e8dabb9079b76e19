import { randomBytes, randomUUID, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "../../common/clock.ts";
import type { DocumentTable } from "../../common/documents.ts";
import { NightcapError } from "../../common/errors.ts";

/** Clients that may be registered. */
const clientCountMax = 10_000;
const secretSizeBytes = 32;
const saltSizeBytes = 16;
const hashSizeBytes = 32;
/** RFC 7914 cost: 16 MiB and some 30 ms for each look, so that a stolen table is of little use. */
const cost = { N: 16_384, r: 8, p: 1 };

export interface ClientRecord {
  name: string;
  /** Base64. */
  salt: string;
  /** scrypt of the secret, base64. */
  hash: string;
  createdAt: number;
}

export interface Clients {
  /** Makes a client; its secret is shown this once. */
  create(name: string): Promise<{ clientId: string; secret: string }>;
  /** The client when `secret` is its own; null otherwise, after the same work in both cases. */
  verify(clientId: string, secret: string): Promise<{ id: string; name: string } | null>;
  get(clientId: string): Promise<{ id: string; name: string } | null>;
}

export function createClients(table: DocumentTable<ClientRecord>, clock: Clock): Clients {
  const keyOf = (clientId: string): string => clientId.toLowerCase();
  return {
    async create(name) {
      if ((await table.count()) >= clientCountMax) {
        throw new NightcapError("Conflict", `${clientCountMax} clients are registered already`);
      }
      const clientId = randomUUID();
      const secret = randomBytes(secretSizeBytes).toString("base64url");
      const salt = randomBytes(saltSizeBytes);
      const hash = await hashSecret(secret, salt);
      const record = { name, salt: salt.toString("base64"), hash: hash.toString("base64") };
      await table.put(clientId, { ...record, createdAt: clock.now() }, { revision: 0 });
      return { clientId, secret };
    },
    async verify(clientId, secret) {
      const found = await table.get(keyOf(clientId));
      const salt = Buffer.from(found?.body.salt ?? "", "base64");
      const hash = await hashSecret(secret, salt);
      const expected = Buffer.from(found?.body.hash ?? "", "base64");
      if (!found || expected.length !== hash.length || !timingSafeEqual(hash, expected))
        return null;
      return { id: found.key, name: found.body.name };
    },
    async get(clientId) {
      const found = await table.get(keyOf(clientId));
      return found ? { id: found.key, name: found.body.name } : null;
    },
  };
}

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

const hashSecret = (secret: string, salt: Buffer): Promise<Buffer> =>
  derive(secret, salt, hashSizeBytes, cost);
