import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { useImport } from './store';

/** As vue-i18n's `t`, but where volumes are read a text's own words for volumes stand in place (`key3d` beside `key`). */
export function useWords(): (key: string, values?: Record<string, unknown>, plural?: number) => string {
  const draft = useImport();
  const { t, te } = useI18n();
  const volumes = computed(() => (draft.review ?? draft.growth)?.dimensions === '3d');
  return (key, values = {}, plural) => {
    const fitting = volumes.value && te(`${key}3d`) ? `${key}3d` : key;
    return plural === undefined ? t(fitting, values) : t(fitting, values, plural);
  };
}
