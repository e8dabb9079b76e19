import { expect, test, vi } from "vitest";
import { findPlace } from "../../../src/web/packets/list/find-place.ts";
import { pageRowCount, RowPages } from "../../../src/web/packets/list/row-pages.ts";
import { arrayBook } from "./array-book.ts";

const waitOptions = { timeout: 5_000, interval: 5 };

test("only pages in sight and one on each side are asked for", async () => {
  const book = arrayBook(1_000_000);
  const pages = new RowPages(book, "");
  pages.open();
  pages.see(0, 40);
  await vi.waitFor(() => expect(pages.row(39)?.number).toBe(40), waitOptions);
  await vi.waitFor(() => expect(book.asked.length).toBe(2), waitOptions);
  pages.see(500_000, 500_040);
  await vi.waitFor(() => expect(pages.row(500_039)?.number).toBe(500_040), waitOptions);
  await vi.waitFor(() => expect(book.asked.length).toBe(5), waitOptions);
  expect(book.asked.map(({ from }) => from / pageRowCount)).toEqual([0, 1, 2500, 2501, 2499]);
  expect(pages.status).toMatchObject({ matchedCount: 1_000_000, isComplete: true });
  pages.close();
});

test("what scrolled away before it was asked for is never asked for, and little is kept", async () => {
  const book = arrayBook(3_000_000);
  const pages = new RowPages(book, "");
  pages.open();
  pages.see(0, 40);
  await vi.waitFor(() => expect(pages.row(0)).not.toBeNull(), waitOptions);
  for (let at = 0; at < 2_000; at++) pages.see(at * 1_000, at * 1_000 + 40);
  await vi.waitFor(() => expect(pages.row(1_999_000)?.number).toBe(1_999_001), waitOptions);
  expect(book.asked.length).toBeLessThan(10);
  for (let at = 0; at < 100; at++) {
    pages.see(at * pageRowCount, at * pageRowCount + 40);
    await vi.waitFor(() => expect(pages.row(at * pageRowCount)).not.toBeNull(), waitOptions);
  }
  expect(pages.row(0)).toBeNull();
  expect(pages.row(99 * pageRowCount)).not.toBeNull();
  pages.close();
}, 30_000);

test("while a pass goes on the rows in sight are asked for again, until they are final", async () => {
  const book = arrayBook(10_000);
  book.scannedCount = 100;
  const pages = new RowPages(book, "even");
  pages.open();
  pages.see(0, 40);
  await vi.waitFor(() => expect(pages.status.matchedCount).toBe(50), waitOptions);
  expect(pages.status).toMatchObject({ scannedCount: 100, isComplete: false });
  book.scannedCount = 10_000;
  await vi.waitFor(() => expect(pages.row(60)?.number).toBe(122), waitOptions);
  const { length } = book.asked;
  await vi.waitFor(() => expect(pages.row(250)?.number).toBe(502), waitOptions);
  expect(book.asked.length - length).toBeLessThanOrEqual(1);
  pages.close();
});

test("a list that was closed asks nothing more, and opens again", async () => {
  const book = arrayBook(1_000);
  const pages = new RowPages(book, "");
  pages.open();
  pages.close();
  pages.see(0, 40);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(book.asked).toEqual([]);
  pages.open();
  await vi.waitFor(() => expect(pages.row(0)?.number).toBe(1), waitOptions);
  pages.close();
});

test("a refusal is told, and asked again only when that is wanted", async () => {
  const book = arrayBook(10);
  const rows = book.rows.bind(book);
  book.rows = () => Promise.reject(new Error("no such capture"));
  const pages = new RowPages(book, "");
  pages.open();
  pages.see(0, 10);
  await vi.waitFor(() => expect(pages.status.error?.message).toBe("no such capture"), waitOptions);
  book.rows = rows;
  pages.retry();
  await vi.waitFor(() => expect(pages.row(9)?.number).toBe(10), waitOptions);
  expect(pages.status.error).toBeNull();
  pages.close();
});

test("the place of a packet is found among those that pass a filter", async () => {
  const book = arrayBook(3_000_000);
  const { signal } = new AbortController();
  expect(await findPlace(book, { filter: "", number: 2_000_000 }, signal)).toBe(1_999_999);
  expect(await findPlace(book, { filter: "even", number: 2_000_000 }, signal)).toBe(999_999);
  expect(await findPlace(book, { filter: "even", number: 1_999_999 }, signal)).toBe(999_999);
  expect(await findPlace(book, { filter: "", number: 9_000_000 }, signal)).toBe(2_999_999);
  expect(await findPlace(arrayBook(0), { filter: "", number: 1 }, signal)).toBeNull();
  expect(book.asked.length).toBeLessThan(60);
});

test("who wants the end gets it once it is known, and the list tells of both", async () => {
  const book = arrayBook(1_000);
  book.scannedCount = 300;
  const pages = new RowPages(book, "");
  pages.open();
  pages.see(0, 40);
  await vi.waitFor(() => expect(pages.status.matchedCount).toBe(300), waitOptions);
  expect(pages.status.isCounted).toBe(false);
  let toldCount = 0;
  pages.subscribe(() => toldCount++);
  pages.wantEnd(true);
  pages.wantEnd(true);
  expect([pages.isEndWanted, toldCount]).toEqual([true, 1]);
  book.scannedCount = 1_000;
  await vi.waitFor(() => expect(pages.status.isCounted).toBe(true), waitOptions);
  expect(pages.status.matchedCount).toBe(1_000);
  pages.close();
});
