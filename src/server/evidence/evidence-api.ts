import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import type { AccessLog } from "../../evidence/access-log/access-log.ts";
import type { LogHead } from "../../evidence/access-log/entry.ts";
import { readLog } from "../../evidence/access-log/read-log.ts";
import { verifyLog } from "../../evidence/access-log/verify-log.ts";
import type { KeyRing } from "../../evidence/key-ring.ts";
import { manifestText } from "../../evidence/manifest.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
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

/**
 * `/nightcap/v1/evidence/...`: public keys and their rotation, manifests, and the access log, whose reading is
 * an entry of it too; null for other paths.
 */
export function createEvidenceApi(options: EvidenceApiOptions) {
  const { keys, chain, records } = options;
  return async (request: Request, caller: Caller): Promise<Response | null> => {
    const url = requestUrl(request);
    const [, path] = /^\/nightcap\/v1\/evidence\/(.+)$/.exec(url.pathname) ?? [];
    if (path === undefined) return null;
    const route = `${request.method} ${path}`;
    const who = { kind: "token", id: caller.id, name: caller.name } as const;
    const by = { who, address: options.addressOf(request) };
    if (route === "GET keys") return jsonResponse(200, { keys: keys.publicKeys() });
    if (route === "POST rotateKey") {
      await records.record({ ...by, kind: "keyRotated", target: keys.current().keyId });
      return jsonResponse(200, await keys.rotate());
    }
    if (route === "GET log" || route === "GET log/verify") {
      await options.checkAuditor(caller);
      const detail = `${path}${url.search}`.slice(0, detailLengthMax);
      await records.record({ ...by, kind: "logRead", target: "", detail });
      const { searchParams } = url;
      return jsonResponse(
        200,
        path === "log" ? await entries(options, searchParams) : await verdict(options),
      );
    }
    if (route === "GET manifests") return jsonResponse(200, await page(chain, url.searchParams));
    const [, sessionId] = /^GET manifests\/([^/]+)$/.exec(route) ?? [];
    return sessionId === undefined ? null : one(chain, sessionId);
  };
}

async function entries(
  { accessLog }: EvidenceApiOptions,
  query: URLSearchParams,
): Promise<unknown> {
  const after = readCount(query.get("after") ?? "0", Number.MAX_SAFE_INTEGER);
  const limit = readCount(query.get("limit") ?? String(entryCountMax), entryCountMax);
  const targets = query.getAll("target").slice(0, targetCountMax);
  return { value: await readLog(accessLog.directory, { after, limit, targets }) };
}

/** Each manifest says where the log was: all of them are held against it. */
async function verdict({ accessLog, chain, keys }: EvidenceApiOptions): Promise<unknown> {
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

async function page(chain: ManifestChain, query: URLSearchParams): Promise<unknown> {
  const after = readCount(query.get("after") ?? "0", Number.MAX_SAFE_INTEGER);
  const limit = readCount(query.get("limit") ?? String(pageCountDefault), pageCountMax);
  return { value: await chain.list(after, limit) };
}

function readCount(text: string, max: number): number {
  const count = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (count <= max) return count;
  throw new NightcapError("InvalidParameter", `"${text.slice(0, 40)}" is no number up to ${max}`);
}

async function one(chain: ManifestChain, sessionId: string): Promise<Response> {
  const kept = z.uuid().safeParse(sessionId).success ? await chain.of(sessionId) : null;
  if (!kept) throw new NightcapError("ResourceNotFound", "no manifest of such a session");
  const headers = { "content-type": "application/json; charset=utf-8" };
  return new Response(manifestText(kept.signed), { headers });
}
