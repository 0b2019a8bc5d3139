import { createI18n, useI18n } from 'vue-i18n';
import type { Locale } from '@shared/domain';

interface Words {
  [key: string]: string | Words;
}
const files = {
  ...import.meta.glob<Words>('../locales/*.json', { eager: true, import: 'default' }),
  ...import.meta.glob<Words>('../{features,charts}/**/locales/*.json', { eager: true, import: 'default' }),
  ...import.meta.glob<Words>('../../shared/*/locales/*.json', { eager: true, import: 'default' }),
};

/** All words by language: common ones at the top, a feature's or a shared folder's below its name (`browse.sort`). */
export function collectWords(): Record<Locale, Words> {
  const words: Record<Locale, Words> = { en: {}, 'zh-CN': {} };
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/');
    const locale = parts.at(-1)!.replace('.json', '') as Locale;
    const owner = parts.at(-3)!;
    if (owner === '..') Object.assign(words[locale], content);
    else words[locale][owner] = content;
  }
  return words;
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: collectWords() as Record<Locale, Record<string, string>>,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: import.meta.env.DEV,
});

const wholeNumbers = new Map<string, Intl.NumberFormat>();
/**
 * Counts as the person's language groups them. A formatter is made once a language: vue-i18n makes a new one for each number, and
 * a page of facets has fifty.
 */
export function useCounts(): (value: number) => string {
  const { locale } = useI18n();
  return (value) => {
    let format = wholeNumbers.get(locale.value);
    if (!format) wholeNumbers.set(locale.value, (format = new Intl.NumberFormat(locale.value)));
    return format.format(value);
  };
}
