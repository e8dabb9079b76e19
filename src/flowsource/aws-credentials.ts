import { readFile } from "node:fs/promises";
import { NightcapError } from "../common/errors.ts";
import type { S3Credentials } from "../storage/transfer/s3-bucket.ts";

type Variables = Readonly<Record<string, string | undefined>>;

const howTo =
  "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a credentials file with --s3-credentials-file or AWS_SHARED_CREDENTIALS_FILE";

/** Credentials from a file in the form of `~/.aws/credentials`, or from the usual variables. */
export async function readAwsCredentials(
  variables: Variables,
  file: string | undefined,
): Promise<S3Credentials> {
  const path = file ?? variables["AWS_SHARED_CREDENTIALS_FILE"];
  const values =
    file === undefined && variables["AWS_ACCESS_KEY_ID"] !== undefined
      ? fromVariables(variables)
      : path === undefined
        ? {}
        : readProfile(await readSecret(path), variables["AWS_PROFILE"] ?? "default");
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = values;
  if (!accessKeyId || !secretAccessKey)
    throw new NightcapError("SettingsInvalid", `S3 needs credentials: ${howTo}`);
  const { aws_session_token: sessionToken } = values;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** The region of a bucket, from the usual variables. */
export const awsRegion = (variables: Variables): string =>
  variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? "us-east-1";

const fromVariables = (variables: Variables): Record<string, string | undefined> => ({
  aws_access_key_id: variables["AWS_ACCESS_KEY_ID"],
  aws_secret_access_key: variables["AWS_SECRET_ACCESS_KEY"],
  aws_session_token: variables["AWS_SESSION_TOKEN"],
});

function readProfile(text: string, profile: string): Record<string, string | undefined> {
  const values: Record<string, string> = {};
  let current = "";
  for (const line of text.split("\n")) {
    const [, section] = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line) ?? [];
    const [, name, value] = /^\s*([a-z_]+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (section !== undefined) current = section;
    else if (current === profile && name !== undefined) values[name] = value ?? "";
  }
  return values;
}

async function readSecret(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new NightcapError("SecretUnreadable", `cannot read ${path}`, { cause });
  });
}
