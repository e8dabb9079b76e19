import { useEffect, useState } from "react";
import type { PacketBook } from "../../inspection/browse/packet-book.ts";
import { type FileBook, openFileBook, warmFileBooks } from "./file-book.ts";
import { loadLanguage } from "./filter/use-language.ts";

/** Fetches what a file is looked into with before there is one; true when it is there, and no network is needed. */
export function useFileBooksReady(): boolean {
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    void Promise.all([warmFileBooks(), loadLanguage()]).then(() => setReady(true));
  }, []);
  return isReady;
}

/** The packets of a file, for as long as it is shown. */
export function useFileBook(file: File): PacketBook | null {
  const [book, setBook] = useState<FileBook | null>(null);
  useEffect(() => {
    const opened = openFileBook(file);
    setBook(opened);
    return () => opened.close();
  }, [file]);
  return book;
}
