// The store by `az storage`: with the account's key, with the login, and with a shared access signature.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

const content = "a capture would be here\n".repeat(1_000);
const key = "--connection-string $CONNECTION";

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az storage${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("storage");
    const { works, refused } = session;
    const home = () => session.az.variables["HOME"] ?? "";

    beforeAll(async () => {
      await writeFile(join(home(), "up.txt"), content);
    });

    test("the storage account and its keys", async () => {
      const [list, one] = await Promise.all([
        works<{ name: string }[]>("storage account list"),
        works<{ primaryEndpoints: { blob: string } }>(
          "storage account show -g nightcap -n nightcapstore",
        ),
      ]);
      expect(list.map(({ name }) => name)).toEqual(["nightcapstore"]);
      const { BASE: base } = session.az.variables;
      expect(one.primaryEndpoints.blob).toBe(`${base}/nightcapstore/`);
      const keys = await works<{ keyName: string; value: string }[]>(
        "storage account keys list -g nightcap -n nightcapstore",
      );
      expect(keys.map(({ keyName }) => keyName)).toEqual(["key1", "key2"]);
      session.az.set({
        KEY: keys[0]?.value ?? "",
        CONNECTION: `BlobEndpoint=${base}/nightcapstore;AccountName=nightcapstore;AccountKey=${keys[0]?.value}`,
      });
    });

    test.each([
      ["with a connection string", key],
      [
        "with the account's key",
        "--account-name nightcapstore --account-key $KEY --blob-endpoint $BASE/nightcapstore",
      ],
    ])("blobs through their life, %s", async (what, access) => {
      const container = what.replaceAll(/\W+/g, "-").toLowerCase();
      const blob = `-c ${container} -n folder/up.txt ${access}`;
      expect(await works(`storage container create -n ${container} ${access}`)).toEqual({
        created: true,
      });
      await works(`storage blob upload ${blob} -f up.txt --metadata team=net`);
      const [list, one, exists] = [
        await works<{ name: string }[]>(
          `storage blob list -c ${container} --prefix folder/ ${access}`,
        ),
        await works<{ properties: { contentLength: number } }>(`storage blob show ${blob}`),
        await works(`storage blob exists ${blob}`),
      ];
      expect(list.map(({ name }) => name)).toEqual(["folder/up.txt"]);
      expect(one).toMatchObject({
        properties: { contentLength: content.length },
        metadata: { team: "net" },
      });
      expect(exists).toEqual({ exists: true });
      await works(`storage blob download ${blob} -f down-${container}.txt`);
      expect(await readFile(join(home(), `down-${container}.txt`), "utf8")).toBe(content);
      await works(`storage blob delete ${blob}`);
      expect(await works(`storage blob exists ${blob}`)).toEqual({ exists: false });
      await works(`storage container delete -n ${container} ${access}`);
    });

    test("a link that reads one blob", async () => {
      await works(`storage container create -n links ${key}`);
      await works(`storage blob upload -c links -n a.txt -f up.txt ${key}`);
      const url = await works<string>(
        `storage blob generate-sas -c links -n a.txt --permissions r --expiry 2099-01-01T00:00Z --full-uri ${key}`,
      );
      session.az.set({ LINK: url });
      await works("storage blob download --blob-url $LINK -f linked.txt");
      expect(await readFile(join(home(), "linked.txt"), "utf8")).toBe(content);
    });

    test("what is refused", async () => {
      const cases: [string, number, RegExp][] = [
        [`storage blob show -c links -n nosuch ${key}`, 3, /BlobNotFound|does not exist/],
        [`storage blob download -c nosuch -n a -f x ${key}`, 3, /ContainerNotFound|does not exist/],
        [
          "storage blob list -c links --account-name nightcapstore --account-key AAAA --blob-endpoint $BASE/nightcapstore",
          1,
          /AuthenticationFailed|Authentication failure/,
        ],
      ];
      for (const [command, exitCode, code] of cases) {
        const refusal = await refused(command);
        expect(refusal.code, command).toMatch(code);
        expect(refusal.exitCode, command).toBe(exitCode);
      }
    });

    test("docs/azure-clients.md shows these commands as run", () => session.holdPage());
  },
);
