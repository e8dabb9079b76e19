import { z } from "zod";
import { captureCoverage } from "../../capture/flight/coverage.ts";
import { captureOrigin, captureSpec } from "../../capture/session.ts";
import { NightcapError } from "../../common/errors.ts";
import { requestUrl } from "../../common/http.ts";
import type { AccessLog } from "../../evidence/access-log/access-log.ts";
import { accessEntry, type LogHead, logHead } from "../../evidence/access-log/entry.ts";
import { readLog } from "../../evidence/access-log/read-log.ts";
import { type LogVerdict, verifyLog } from "../../evidence/access-log/verify-log.ts";
import type { KeyRing } from "../../evidence/key-ring.ts";
import { captureManifest, manifestText, signedManifest } from "../../evidence/manifest.ts";
import { publicKey, publicKeySet } from "../../evidence/public-keys.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { listOf, queryNumber, shownAs } from "../openapi/shapes.ts";
import type { AccessRecords } from "./access-records.ts";
import type { ManifestChain } from "./manifest-chain.ts";

const pageCountDefault = 10;
const pageCountMax = 100;
const entryCountMax = 1_000;
const targetCountMax = 20;
const detailLengthMax = 500;

export interface EvidenceApiOptions {
  keys: KeyRing;
  chain: ManifestChain;
  accessLog: Pick<AccessLog, "directory" | "sign">;
  records: Pick<AccessRecords, "record">;
  addressOf: (request: Request) => string | null;
  /** Throws `AuthorizationFailed` for whoever may not read the access log. */
  checkAuditor: (caller: Caller) => Promise<void>;
}

const path = "/nightcap/v1/evidence";
const pageOf = (size: { default: number; max: number }) => ({
  after: queryNumber({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 }),
  limit: queryNumber({ min: 0, ...size }),
});
const logQuery = z.object({
  ...pageOf({ default: entryCountMax, max: entryCountMax }),
  target: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe("Only entries whose target or session has one of these in it"),
});
const manifestsQuery = z.object(pageOf({ default: pageCountDefault, max: pageCountMax }));
const logVerdict = z.object({
  entries: z.int(),
  firstSequence: z.int().describe("0: there are none"),
  head: logHead,
  signedHeads: z.int(),
  unsignedEntries: z.int(),
  problems: z.array(z.string()).describe("Empty: nothing is wrong"),
});

// A manifest of an earlier version is checked as it was signed, so these are any JSON where they are read.
shownAs(captureManifest.shape.coverage, captureCoverage.nullable());
shownAs(
  captureManifest.shape.privacy,
  captureSpec.shape.privacy
    .unwrap()
    .extend({ derivedFrom: captureOrigin.nullable().describe("Null: not finished") })
    .nullable(),
);

/** Public keys and their rotation, manifests, and the access log, whose reading is an entry of it too. */
export function evidenceRoutes(options: EvidenceApiOptions): ApiRoute[] {
  const { keys, chain, records } = options;
  const byOf = ({ caller, request }: { caller: Caller; request: Request }) => ({
    who: { kind: "token", id: caller.id, name: caller.name } as const,
    address: options.addressOf(request),
  });
  const noteReading = async (asked: { caller: Caller; request: Request }): Promise<void> => {
    await options.checkAuditor(asked.caller);
    const { pathname, search } = requestUrl(asked.request);
    const detail = `${pathname.slice(path.length + 1)}${search}`.slice(0, detailLengthMax);
    await records.record({ ...byOf(asked), kind: "logRead", target: "", detail });
  };
  return [
    route(
      {
        method: "GET",
        path: `${path}/keys`,
        summary: "The public keys that manifests are signed with, as a JWK set",
        answers: { 200: { description: "RFC 7517", json: publicKeySet } },
      },
      () => ({ status: 200, body: { keys: keys.publicKeys() } }),
    ),
    route(
      {
        method: "POST",
        path: `${path}/rotateKey`,
        summary: "A new key signs from now on",
        errors: ["AccessLogFailed"],
        answers: { 200: { description: "The new key", json: publicKey } },
      },
      async (asked) => {
        const target = keys.current().keyId;
        await records.record({ ...byOf(asked), kind: "keyRotated", target });
        return { status: 200, body: await keys.rotate() };
      },
    ),
    route(
      {
        method: "GET",
        path: `${path}/log`,
        summary: "Who had which capture, in order; reading it is an entry too",
        errors: ["AccessLogFailed"],
        query: logQuery,
        answers: { 200: { description: "A page", json: listOf(accessEntry) } },
      },
      async (asked) => {
        await noteReading(asked);
        const { target, ...page } = asked.query;
        const targets = [target ?? []].flat().slice(0, targetCountMax);
        const value = await readLog(options.accessLog.directory, { ...page, targets });
        return { status: 200, body: { value } };
      },
    ),
    route(
      {
        method: "GET",
        path: `${path}/log/verify`,
        summary: "Whether a line of the access log was changed, moved, taken out or cut off",
        errors: ["AccessLogFailed"],
        answers: { 200: { description: "The verdict", json: logVerdict } },
      },
      async (asked) => {
        await noteReading(asked);
        return { status: 200, body: await verdict(options) };
      },
    ),
    route(
      {
        method: "GET",
        path: `${path}/manifests`,
        summary: "Signed manifests, in the order of their chain",
        query: manifestsQuery,
        answers: { 200: { description: "A page", json: listOf(signedManifest) } },
      },
      async ({ query: { after, limit } }) => ({
        status: 200,
        body: { value: await chain.list(after, limit) },
      }),
    ),
    route(
      {
        method: "GET",
        path: `${path}/manifests/{sessionId}`,
        summary: "The manifest of a recording, byte for byte as it was signed",
        errors: ["ResourceNotFound"],
        answers: { 200: { description: "Canonical JSON", json: signedManifest } },
      },
      ({ params }) => one(chain, params.sessionId),
    ),
  ];
}

/** Each manifest says where the log was: all of them are held against it. */
async function verdict({ accessLog, chain, keys }: EvidenceApiOptions): Promise<LogVerdict> {
  await accessLog.sign();
  const anchors: LogHead[] = [];
  for (let after = 0; ;) {
    const found = await chain.list(after, pageCountMax);
    anchors.push(...found.flatMap(({ manifest }) => manifest.accessLog ?? []));
    const last = found.at(-1);
    if (!last || found.length < pageCountMax) break;
    after = last.manifest.sequence;
  }
  return verifyLog(accessLog.directory, { keys: keys.publicKeys(), anchors });
}

async function one(chain: ManifestChain, sessionId: string): Promise<Response> {
  const kept = z.uuid().safeParse(sessionId).success ? await chain.of(sessionId) : null;
  if (!kept) throw new NightcapError("ResourceNotFound", "no manifest of such a session");
  const headers = { "content-type": "application/json; charset=utf-8" };
  return new Response(manifestText(kept.signed), { headers });
}
