import type { QueryOptions, TranslatedQuery } from "../query/translate-query.ts";
import type { KustoTranslator } from "./kusto-translator.ts";

const entryCountMax = 256;
const textCharactersMax = 50_000;

/** Functions whose value is that of the moment, and operators that draw lots. */
const isMomentary = /\b(?:now|ago|rand|new_guid|sample|sample-distinct|ingestion_time)\b/i;

/** Whether the translation depends on more than the text. */
const isParticular = ({ parameters = {}, asked = [] }: QueryOptions): boolean =>
  asked.length > 0 || Object.keys(parameters).length > 0;

/**
 * Remembers the last translations: who asks the same text again, as boards do, does not wait for the parser. A text
 * that means something else each time is translated each time.
 */
export function rememberTranslations(translator: KustoTranslator): KustoTranslator {
  const known = new Map<string, TranslatedQuery>();
  return {
    async translate(text, options) {
      if (isParticular(options)) return translator.translate(text, options);
      const found = known.get(text);
      if (found) {
        // The one that was asked for last is forgotten last.
        known.delete(text);
        known.set(text, found);
        return found;
      }
      const query = await translator.translate(text, options);
      if (!query.isAsked && text.length <= textCharactersMax && !isMomentary.test(text)) {
        known.set(text, query);
        const [oldest] = known.keys();
        if (known.size > entryCountMax && oldest !== undefined) known.delete(oldest);
      }
      return query;
    },
    close: () => translator.close(),
  };
}
