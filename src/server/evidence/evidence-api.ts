import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import type { KeyRing } from "../../evidence/key-ring.ts";
import { manifestText } from "../../evidence/manifest.ts";
import type { ManifestChain } from "./manifest-chain.ts";

const pageCountDefault = 10;
const pageCountMax = 100;

export interface EvidenceApiOptions {
  keys: KeyRing;
  chain: ManifestChain;
  onRotated: (keyId: string) => Promise<void>;
}

/** `/nightcap/v1/evidence/...`: public keys, their rotation, and manifests; null for other paths. */
export function createEvidenceApi({ keys, chain, onRotated }: EvidenceApiOptions) {
  return async (request: Request): Promise<Response | null> => {
    const url = requestUrl(request);
    const [, path] = /^\/nightcap\/v1\/evidence\/(.+)$/.exec(url.pathname) ?? [];
    if (path === undefined) return null;
    const route = `${request.method} ${path}`;
    if (route === "GET keys") return jsonResponse(200, { keys: keys.publicKeys() });
    if (route === "POST rotateKey") {
      const made = await keys.rotate();
      await onRotated(made.kid);
      return jsonResponse(200, made);
    }
    if (route === "GET manifests") return jsonResponse(200, await page(chain, url.searchParams));
    const [, sessionId] = /^GET manifests\/([^/]+)$/.exec(route) ?? [];
    return sessionId === undefined ? null : one(chain, sessionId);
  };
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
