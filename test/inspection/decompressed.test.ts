// Reading a source through decompression: whoever stops early leaves no file open.
import { expect, test } from "vitest";
import { inspect } from "../../src/inspection/inspect.ts";

test("a source that is no capture is closed after its first chunk", async () => {
  let isClosed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield await Promise.resolve(new Uint8Array(64));
      yield new Uint8Array(64);
    } finally {
      isClosed = true;
    }
  }
  await expect(inspect(source())).rejects.toThrow();
  expect(isClosed).toBe(true);
});
