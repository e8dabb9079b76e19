// A book asked by messages, as in the page's worker and the control plane's threads.
import { expect, test } from "vitest";
import { BookClient, BookServer } from "../../../src/inspection/browse/book-messages.ts";
import { openBook } from "../../../src/inspection/browse/open-book.ts";
import { FilterError } from "../../../src/inspection/filter/filter-error.ts";
import { InspectionError } from "../../../src/inspection/inspection-error.ts";
import { bookOptions, fixture, inMemory, readBook } from "./books.ts";

function connect(bytes: Uint8Array) {
  const book = openBook(inMemory(bytes), bookOptions);
  book.catch(() => {});
  const server = new BookServer(book, (reply) => client.hear(structuredClone(reply)));
  const client: BookClient = new BookClient((request) => server.hear(structuredClone(request)));
  return { client, close: async () => (await book).close() };
}

test("answers come as from the book itself, and so do its errors", async () => {
  const bytes = fixture("http-dns.pcapng");
  const { client, close } = connect(bytes);
  const book = await readBook(bytes);
  expect((await client.packet(4)).layers).toEqual((await book.packet(4)).layers);
  const question = { protocol: "tcp", stream: 0, from: 0, bytesMax: 1_000 } as const;
  expect(await client.follow(question)).toEqual(await book.follow(question));
  const wrong = client.rows({ filter: "tcp ==", from: 0, count: 1 });
  await expect(wrong).rejects.toThrow(FilterError);
  await expect(client.packet(1e6)).rejects.toThrow(InspectionError);
  await Promise.all([close(), book.close()]);
});

test("a question that is abandoned is rejected with the signal's reason", async () => {
  const { client, close } = connect(fixture("http-dns.pcapng"));
  const stop = new AbortController();
  const asked = client.rows({ filter: "dns", from: 0, count: 1 }, stop.signal);
  stop.abort(new Error("scrolled away"));
  await expect(asked).rejects.toThrow("scrolled away");
  expect((await client.rows({ filter: "", from: 0, count: 1 })).rows).toHaveLength(1);
  await close();
});

test("a file that is no capture fails every question with the reason", async () => {
  const { client } = connect(new Uint8Array(64));
  await expect(client.packet(1)).rejects.toThrow(/neither pcap nor pcapng/);
  await expect(client.rows({ filter: "", from: 0, count: 1 })).rejects.toThrow(/neither pcap/);
});
