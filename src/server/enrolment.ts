import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { z } from "zod";
import type { Clock } from "../common/clock.ts";
import type { StoredDocument } from "../common/documents.ts";
import { NightcapError } from "../common/errors.ts";
import { type HttpHandler, jsonResponse, readBody } from "../common/http.ts";
import { describeIssues } from "../common/settings.ts";
import type { CertificateAuthority } from "../pki/certificate-authority.ts";
import type { State } from "../state/state.ts";
import {
  certificateSha256,
  type EnrolmentAnswer,
  type EnrolmentRequest,
  enrolmentRequest,
  formatJoinToken,
} from "../uplink/join-token.ts";

const requestSizeBytesMax = 64 << 10;
const tokenLifeMillisecondsDefault = 3_600_000;
const tokenSecretSizeBytes = 32;
/** Expired tokens forgotten at each new one. */
const expiredCountMax = 1_000;

/** A join token's secret is kept hashed; used or expired ones are refused. */
interface TokenRecord {
  expiresAt: number;
  usedBy: string | null;
  /** May join under the name of a host that is there already, and then is that host. */
  replaces: boolean;
}

/** A host that joined. Its certificate's common name is `hostId`. */
export interface HostRecord {
  hostId: string;
  name: string;
  resourceId: string;
  enrolledAt: number;
}

interface TokenOptions {
  /** Where the host finds this control plane. */
  baseUrl: string;
  lifeMilliseconds?: number;
  /** For a host whose first enrolment may have been cut off half-way: it may take its name again. */
  replaces?: boolean;
}

/** A token, and what may be said of it to anybody. */
export interface Invitation {
  token: string;
  /** Names the token without giving it away. */
  id: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  /** SHA-256 of the authority's certificate, which the token has too. */
  caSha256: string;
}

export interface Enrolment {
  /** A token that lets one host join, once. */
  invite(options: TokenOptions): Promise<Invitation>;
  /** What became of a token; null: it is not known, or was forgotten after its end. */
  invitation(id: string): Promise<Pick<TokenRecord, "expiresAt" | "usedBy"> | null>;
  /** `GET /agent/ca.pem` and `POST /agent/enrol`; `peerHostId` is the host that a verified certificate names. */
  handler(peerHostId: string | null): HttpHandler;
  /** The host that a TLS peer is, while it is known here; null otherwise. */
  identify(request: IncomingMessage): Promise<string | null>;
}

export function createEnrolment(options: {
  authority: CertificateAuthority;
  state: State;
  clock: Clock;
  /** The ARM id of the virtual machine that a host of this name is. */
  resourceIdOf(name: string): string;
  /** Makes the virtual machine known to ARM. */
  onEnrolled(host: HostRecord): Promise<void>;
}): Enrolment {
  const { authority, state, clock } = options;
  const tokens = state.documents<TokenRecord>("joinTokens");
  const hosts = state.documents<HostRecord>("hosts");

  const findToken = async (secret: string): Promise<StoredDocument<TokenRecord>> => {
    const found = await tokens.get(hashSecret(secret));
    if (!found) throw refused("join token is not known here; make a new one");
    if (found.body.usedBy !== null) throw refused("join token was used already; make a new one");
    if (found.body.expiresAt <= clock.now()) {
      throw refused("join token has expired; make a new one");
    }
    return found;
  };
  const join = async (request: EnrolmentRequest & { secret: string }): Promise<EnrolmentAnswer> => {
    const token = await findToken(request.secret);
    const resourceId = options.resourceIdOf(request.name);
    const known = (await hosts.list()).find(({ body }) => sameId(body.resourceId, resourceId));
    if (known && !token.body.replaces) {
      throw refused(`a host named "${request.name}" has joined already; choose another name`);
    }
    const hostId = known?.key ?? randomUUID();
    const certificatePem = await authority.issueClient(request.requestPem, hostId);
    const spent = { ...token.body, usedBy: hostId };
    if (!(await tokens.put(token.key, spent, { revision: token.revision }))) {
      throw refused("join token was used already; make a new one");
    }
    const host = { hostId, name: request.name, resourceId, enrolledAt: clock.now() };
    await hosts.put(hostId, host);
    await options.onEnrolled(host);
    return { hostId, resourceId, certificatePem };
  };
  const renew = async (hostId: string, requestPem: string): Promise<EnrolmentAnswer> => {
    const host = await hosts.get(hostId);
    if (!host) throw refused(`host ${hostId} is not known here any more; join again`);
    const certificatePem = await authority.issueClient(requestPem, hostId);
    return { hostId, resourceId: host.body.resourceId, certificatePem };
  };
  const enrol = async (body: unknown, peerHostId: string | null): Promise<EnrolmentAnswer> => {
    const request = enrolmentRequest.safeParse(body);
    if (!request.success) throw refused(describeIssues(request.error));
    const { secret, requestPem } = request.data;
    if (secret !== null) return join({ ...request.data, secret });
    if (peerHostId !== null) return renew(peerHostId, requestPem);
    throw refused("neither a join token nor a certificate was presented");
  };
  return {
    async invite({ baseUrl, lifeMilliseconds = tokenLifeMillisecondsDefault, replaces = false }) {
      const secret = randomBytes(tokenSecretSizeBytes).toString("base64url");
      const expiresAt = clock.now() + lifeMilliseconds;
      for (const { key } of await tokens.due(clock.now(), expiredCountMax))
        await tokens.delete(key);
      const id = hashSecret(secret);
      await tokens.put(id, { expiresAt, usedBy: null, replaces }, { dueAt: expiresAt });
      const caSha256 = certificateSha256(authority.certificatePem);
      return {
        token: formatJoinToken({ server: baseUrl, caSha256, secret }),
        id,
        expiresAt,
        caSha256,
      };
    },
    invitation: async (id) => (await tokens.get(id))?.body ?? null,
    handler: (peerHostId) => async (request) => {
      if (request.method === "GET") {
        return new Response(authority.certificatePem, {
          headers: { "content-type": "application/x-pem-file" },
        });
      }
      const bytes = await readBody(request, requestSizeBytesMax);
      try {
        return jsonResponse(200, await enrol(parseJson(bytes), peerHostId));
      } catch (error) {
        if (!(error instanceof NightcapError)) throw error;
        const { code, message, status } = error;
        return jsonResponse(status, { error: { code, message } });
      }
    },
    async identify({ socket }) {
      const peer = socket as TLSSocket;
      if (!peer.authorized) return null;
      const hostId = z.uuid().safeParse(peer.getPeerCertificate().subject?.CN);
      if (!hostId.success || !(await hosts.get(hostId.data))) return null;
      return hostId.data;
    },
  };
}

const refused = (message: string): NightcapError => new NightcapError("EnrolmentRefused", message);

const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");

function parseJson(bytes: Uint8Array | null): unknown {
  try {
    return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
