import { createInstance } from "i18next";
import { initReactI18next } from "react-i18next";
import { rooms as english } from "./en/index.ts";

/** Each with its name in itself. */
export const languages = {
  en: "English",
  fr: "Français",
  ja: "日本語",
  ko: "한국어",
  "zh-Hans": "简体中文",
} as const;
export type Language = keyof typeof languages;

const storageKey = "nightcap.language";
type Rooms = Record<string, object>;
const loaders: Record<Exclude<Language, "en">, () => Promise<{ rooms: Rooms }>> = {
  fr: () => import("./fr/index.ts"),
  ja: () => import("./ja/index.ts"),
  ko: () => import("./ko/index.ts"),
  "zh-Hans": () => import("./zh-Hans/index.ts"),
};

const inOne = (rooms: Rooms): object => Object.assign({}, ...Object.values(rooms)) as object;

const words = createInstance();

/** The words of the language that was chosen here, or that the browser prefers. */
export async function startWords(): Promise<void> {
  await words.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: inOne(english) } },
    interpolation: { escapeValue: false }, // React escapes
  });
  await showLanguage(keptLanguage() ?? preferredLanguage(navigator.languages));
}

/** Changes the page's language, and keeps it for the next visit. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(storageKey, language);
  await showLanguage(language);
}

async function showLanguage(language: Language): Promise<void> {
  if (language !== "en" && !words.hasResourceBundle(language, "translation")) {
    const { rooms } = await loaders[language]();
    words.addResourceBundle(language, "translation", inOne(rooms));
  }
  document.documentElement.lang = language;
  await words.changeLanguage(language);
}

function keptLanguage(): Language | null {
  const kept = localStorage.getItem(storageKey);
  return kept !== null && kept in languages ? (kept as Language) : null;
}

/** The first of the browser's languages that there are words in. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const [language = ""] = tag.toLowerCase().split("-");
    if (language === "zh") return "zh-Hans";
    if (language in languages) return language as Language;
  }
  return "en";
}
