import type { ProbeStatus } from '@shared/domain';

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** What the probe waits for: "the probe starts at 10 groups in each class: 7 / 3". Empty where it does not wait for labels. */
export function waitingWords(status: ProbeStatus | null | undefined, t: Translate): string {
  if (!status?.waiting) return '';
  const { needed, groups, question } = status.waiting;
  if (groups.length < 2) return t('frame.probe.noClasses');
  if (question !== null) return t('frame.probe.startsAtAnswers', { needed, question, counts: groups.join(' / ') });
  const key = groups.length === 2 ? 'frame.probe.startsAt' : 'frame.probe.startsAtTwo';
  return t(key, { needed, counts: groups.join(' / ') });
}
