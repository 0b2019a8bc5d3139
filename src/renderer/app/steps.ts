import { errorData } from '@shared/errors';
import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import { useLabels } from '@renderer/stores/labels';
import { useMessages } from '@renderer/stores/messages';
import { useProject } from '@renderer/stores/project';
import { undoneWords } from './undone';

/** Undo and redo as a person meets them: done, and said what was done. Pages go to it by watching `useLabels().reveal`. */
export function useSteps(): { undo(): Promise<void>; redo(): Promise<void> } {
  const { t } = useI18n();
  const router = useRouter();
  const labels = useLabels();
  const messages = useMessages();
  const project = useProject();
  async function step(kind: 'undo' | 'redo'): Promise<void> {
    if (!project.isOpen) return;
    try {
      const undone = await (kind === 'undo' ? labels.undo() : labels.redo());
      const key = undone.keys[0];
      messages.say(undoneWords(kind, undone, project.scheme, t), {
        action:
          key === undefined
            ? null
            : { label: t('frame.show'), run: () => void router.push({ name: 'sample', params: { key } }) },
      });
    } catch (error) {
      const { code } = errorData(error);
      if (code === 'nothing-to-undo' || code === 'nothing-to-redo') messages.say(t(`errors.${code}.title`));
      else messages.fail(error);
    }
  }
  return { undo: () => step('undo'), redo: () => step('redo') };
}
