import { useEffect, useState } from "react";

type Language = typeof import("./language.ts");

let loaded: Language | null = null;

/** Fetches the filter language before somebody writes, as where there may be no network then. */
export async function loadLanguage(): Promise<Language> {
  loaded ??= await import("./language.ts");
  return loaded;
}

/** The filter language, once it is wanted and there. */
export function useLanguage(isWanted: boolean): Language | null {
  const [language, setLanguage] = useState(loaded);
  useEffect(() => {
    if (isWanted && !language) void loadLanguage().then(setLanguage);
  }, [isWanted, language]);
  return language;
}
