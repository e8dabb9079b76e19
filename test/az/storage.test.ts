// The store by `az storage`: with the account's key, with the login, and with a shared access signature.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

const content = "a capture would be here\n".repeat(1_000);
const key = "--connection-string $CONNECTION";

/** The role's id is the same in every tenant (Azure built-in roles). */
const blobDataContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
const assignmentName = "0b1c2d3e-0000-4000-8000-000000000002";
/** A user delegation SAS lives a week at most; the page shows what to put there. */
const tomorrow = "$TOMORROW";

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
      const expiry = new Date(Date.now() + 86_400_000).toISOString();
      session.az.set({ TOMORROW: `${expiry.slice(0, 16)}Z` });
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

    test("copy, append, metadata, properties", async () => {
      const target = `-c links -n copy.txt ${key}`;
      await works(`storage blob copy start -b copy.txt -c links --source-uri $LINK ${key}`);
      await works(`storage blob metadata update ${target} --metadata team=sec`);
      expect(await works(`storage blob metadata show ${target}`)).toEqual({ team: "sec" });
      await works(`storage blob update ${target} --content-type text/plain`);
      expect(await works<string>(`storage blob url ${target}`)).toMatch(/\/links\/copy\.txt$/);
      await works(`storage blob upload -c links -n log.txt -f up.txt --type append ${key}`);
      expect(await works(`storage blob show -c links -n log.txt ${key}`)).toMatchObject({
        properties: { blobType: "AppendBlob", contentLength: content.length },
      });
      expect(await works(`storage container exists -n links ${key}`)).toEqual({ exists: true });
      expect(await works<unknown[]>(`storage container list ${key}`)).toHaveLength(2);
      await works(`storage container show -n links ${key}`);
    });

    test("links to a container, and to the account", async () => {
      const sas = await works<string>(
        `storage container generate-sas -n links --permissions rl --expiry 2099-01-01T00:00Z ${key}`,
      );
      session.az.set({ SAS: sas });
      const bySas = "--blob-endpoint $BASE/nightcapstore --sas-token $SAS";
      expect(await works<unknown[]>(`storage blob list -c links ${bySas}`)).toHaveLength(3);
      const whole = await works<string>(
        `storage account generate-sas --services b --resource-types co --permissions rl --expiry 2099-01-01T00:00Z ${key}`,
      );
      session.az.set({ ACCOUNT_SAS: whole });
      expect(
        await works<unknown[]>(
          "storage blob list -c links --blob-endpoint $BASE/nightcapstore --sas-token $ACCOUNT_SAS",
        ),
      ).toHaveLength(3);
    });

    test("with the login, once a role on data is given", async () => {
      const login =
        "--auth-mode login --blob-endpoint $BASE/nightcapstore --account-name nightcapstore";
      expect((await refused(`storage blob list -c links ${login}`)).exitCode).not.toBe(0);
      const account =
        "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/nightcap/providers/Microsoft.Storage/storageAccounts/nightcapstore";
      const authorization = "providers/Microsoft.Authorization";
      const role = `/subscriptions/$SUBSCRIPTION_ID/${authorization}/roleDefinitions/${blobDataContributor}`;
      const body = String.raw`"{\"properties\":{\"roleDefinitionId\":\"${role}\",\"principalId\":\"$CLIENT_ID\",\"principalType\":\"ServicePrincipal\"}}"`;
      const url = `$BASE${account}/${authorization}/roleAssignments/${assignmentName}?api-version=2022-04-01`;
      await works(`rest --method put --url "${url}" --body ${body}`);
      expect(await works<unknown[]>(`storage blob list -c links ${login}`)).toHaveLength(3);
      await works(`storage blob upload -c links -n by-login.txt -f up.txt ${login}`);
      const sas = await works<string>(
        `storage blob generate-sas -c links -n by-login.txt --permissions r --expiry ${tomorrow} --as-user --full-uri ${login}`,
      );
      session.az.set({ USER_LINK: sas });
      await works("storage blob download --blob-url $USER_LINK -f by-user.txt");
      expect(await readFile(join(home(), "by-user.txt"), "utf8")).toBe(content);
      await works(`storage blob delete -c links -n by-login.txt ${login}`);
    });

    test("the account by ARM: name, tags, containers, keys", async () => {
      expect(await works("storage account check-name -n nightcapstore")).toMatchObject({
        nameAvailable: false,
        reason: "AlreadyExists",
      });
      await works("storage account update -g nightcap -n nightcapstore --tags team=net");
      await works(
        "storage container-rm create --storage-account nightcapstore -g nightcap -n by-arm",
      );
      expect(
        await works<unknown[]>(
          "storage container-rm list --storage-account nightcapstore -g nightcap",
        ),
      ).toHaveLength(3);
      await works(
        "storage container-rm delete --storage-account nightcapstore -g nightcap -n by-arm --yes",
      );
      await works("storage account keys renew -g nightcap -n nightcapstore --key key2");
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
