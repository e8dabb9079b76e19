import { useTranslation } from "react-i18next";

const translated = new Set(["status", "direction", "targetType"]);

/** What a filter's value reads as: countries by their names, an edge with an arrow. */
export function useValueText(): (filter: string, value: string) => string {
  const { t, i18n } = useTranslation();
  const countryOf = useCountryName();
  return (filter, value) => {
    if (filter === "country") return countryOf(value);
    if (translated.has(filter) && i18n.exists(`flowValue.${value}`)) return t(`flowValue.${value}`);
    return value.replace("->", " → ").trim();
  };
}

/** The name of a two-letter country in the page's language; what is none stays as it is. */
export function useCountryName(): (code: string) => string {
  const { i18n } = useTranslation();
  const names = new Intl.DisplayNames([i18n.language], { type: "region" });
  return (code) => (/^[a-z]{2}$/i.test(code) ? (names.of(code.toUpperCase()) ?? code) : code);
}
