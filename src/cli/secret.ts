import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import type { Command } from "commander";
import { NightcapError } from "../common/errors.ts";
import { writeFileAtomic } from "../common/files.ts";
import {
  decryptSecureString,
  encryptSecureString,
  formatSecureStringKey,
  readSecureStringKey,
} from "../responder/secure-string.ts";

const newKeySizeBytes = 32;
const ivSizeBytes = 16;
const inputSizeBytesMax = 1 << 20;

interface SecretOptions {
  keyFile: string;
  textFile?: string;
  createKey?: boolean;
  json?: boolean;
}

/**
 * `nightcap secret ...`: the key file and the encrypted text of PowerShell's
 * `ConvertFrom-SecureString -Key`. The secret comes from a file or standard input, never from the
 * command line, where every user of the host could read it.
 */
export function addSecretCommand(program: Command): void {
  const secret = program
    .command("secret")
    .description("encrypt and decrypt the responder's password as PowerShell does");
  addDirection(secret, "encrypt", "turn a password into encrypted text")
    .option("--create-key", "make a new key file of 32 random bytes, mode 0600; never replaces one")
    .action(async (options: SecretOptions) => {
      const key = options.createKey ? await createKey(options) : await readKey(options);
      const plain = stripNewline(await readInput(options));
      if (plain === "") throw new NightcapError("SecretUnreadable", "secret is empty");
      print(options, "encrypted", encryptSecureString(plain, key, randomBytes(ivSizeBytes)));
    });
  addDirection(secret, "decrypt", "turn encrypted text into the password").action(
    async (options: SecretOptions) => {
      const key = await readKey(options);
      print(options, "secret", decryptSecureString(await readInput(options), key));
    },
  );
}

function addDirection(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .requiredOption("--key-file <file>", "key file: one decimal byte a line")
    .option("--text-file <file>", "read the text from a file (default: standard input)")
    .option("--json", "answer as JSON");
}

async function createKey({ keyFile }: SecretOptions): Promise<Uint8Array> {
  const exists = await readFile(keyFile).then(
    () => true,
    (cause: NodeJS.ErrnoException) => cause.code !== "ENOENT",
  );
  if (exists) {
    throw new NightcapError("SecretUnreadable", `key file ${keyFile} exists already: not replaced`);
  }
  const key = randomBytes(newKeySizeBytes);
  await writeFileAtomic(keyFile, formatSecureStringKey(key));
  return key;
}

async function readKey({ keyFile }: SecretOptions): Promise<Uint8Array> {
  return readSecureStringKey(await readBytes(keyFile));
}

async function readInput({ textFile }: SecretOptions): Promise<string> {
  const bytes = textFile === undefined ? await buffer(process.stdin) : await readBytes(textFile);
  if (bytes.length > inputSizeBytesMax) {
    const size = `${bytes.length} bytes; at most ${inputSizeBytesMax} allowed`;
    throw new NightcapError("SecretUnreadable", `text has ${size}`);
  }
  return new TextDecoder().decode(bytes);
}

async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new NightcapError("SecretUnreadable", `cannot read ${path}`, { cause });
  });
}

/** An editor's or echo's last line break is not part of the secret. */
const stripNewline = (text: string): string => text.replace(/\r?\n$/, "");

function print({ json }: SecretOptions, name: string, value: string): void {
  process.stdout.write(json ? `${JSON.stringify({ [name]: value })}\n` : `${value}\n`);
}
