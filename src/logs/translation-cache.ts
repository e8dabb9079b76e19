import type { TranslatedQuery } from "../query/translate-query.ts";
import type { KustoTranslator } from "./kusto-translator.ts";

const entryCountMax = 256;
const textCharactersMax = 50_000;

/** Functions whose value is that of the moment, and operators that draw lots. */
const isMomentary = /\b(?:now|ago|rand|new_guid|sample|sample-distinct|ingestion_time)\b/i;

/**
 * Remembers the last translations: who asks the same text again, as boards do, does not wait for the parser. A text
 * that means something else each time is translated each time.
 */
export function rememberTranslations(translator: KustoTranslator): KustoTranslator {
  const known = new Map<string, TranslatedQuery>();
  return {
    async translate(text, nowMs, parameters) {
      if (parameters && Object.keys(parameters).length > 0)
        return translator.translate(text, nowMs, parameters);
      const found = known.get(text);
      if (found) {
        // The one that was asked for last is forgotten last.
        known.delete(text);
        known.set(text, found);
        return found;
      }
      const query = await translator.translate(text, nowMs);
      if (text.length <= textCharactersMax && !isMomentary.test(text)) {
        known.set(text, query);
        const [oldest] = known.keys();
        if (known.size > entryCountMax && oldest !== undefined) known.delete(oldest);
      }
      return query;
    },
    close: () => translator.close(),
  };
}
