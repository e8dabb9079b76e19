import { z } from "zod";
import { type ApiRoute, route } from "../openapi/route.ts";
import type { Encryption } from "./encryption.ts";

const path = "/nightcap/v1/encryption";

const encryptionView = z.object({
  encrypted: z.boolean(),
  keyId: z.string().nullable(),
  keyIds: z.array(z.string()).describe("Keys that something may need still, the newest first"),
  encryptedBlobs: z.int().nullable(),
  plainBlobs: z.int().nullable(),
  plainBytes: z.int().nullable(),
  sealing: z.boolean().describe("What is in plain text is being encrypted"),
  sealedOnly: z.boolean().describe("Nothing is in plain text, and nothing that is would be served"),
  rotating: z.boolean().describe("Earlier keys are being replaced"),
  problem: z.string().nullable().describe("Why the work does not go on"),
});
const begun = { description: "Begun; it goes on over restarts", json: encryptionView };

/** What of the store is encrypted, and with which keys. */
export const encryptionRoutes = (encryption: Encryption): ApiRoute[] => [
  route(
    {
      method: "GET",
      path,
      summary: "What of the store is encrypted, with which keys, and what is left",
      answers: { 200: { description: "As it is now", json: encryptionView } },
    },
    () => ({ status: 200, body: encryption.view() }),
  ),
  route(
    {
      method: "POST",
      path: `${path}/seal`,
      summary: "Encrypts what is in plain text",
      errors: ["Conflict"],
      answers: { 202: begun },
    },
    async ({ note }) => {
      note("what is in plain text is to be encrypted");
      await encryption.seal();
      return { status: 202, body: encryption.view() };
    },
  ),
  route(
    {
      method: "POST",
      path: `${path}/rotateKey`,
      summary: "Takes a new key, and wraps what earlier ones wrapped",
      errors: ["Conflict"],
      answers: { 202: begun },
    },
    async ({ note }) => {
      const before = encryption.view().keyId;
      await encryption.rotateKey();
      const view = encryption.view();
      note(`the store's key ${before} is replaced by ${view.keyId}`);
      return { status: 202, body: view };
    },
  ),
];
