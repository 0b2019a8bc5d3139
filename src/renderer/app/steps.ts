import { useI18n } from 'vue-i18n';
import { useLabels } from '@renderer/stores/labels';
import { useMessages } from '@renderer/stores/messages';
import { useProject } from '@renderer/stores/project';
import { undoneWords } from './undone';

/** Undo and redo as a person meets them: done, and said what was done. Pages go to it by watching `useLabels().reveal`. */
export function useSteps(): { undo(): Promise<void>; redo(): Promise<void> } {
  const { t } = useI18n();
  const labels = useLabels();
  const messages = useMessages();
  const project = useProject();
  async function step(kind: 'undo' | 'redo'): Promise<void> {
    if (!project.isOpen) return;
    const undone = await messages.attempt(() => (kind === 'undo' ? labels.undo() : labels.redo()));
    if (undone) messages.say(undoneWords(kind, undone, project.classById, t));
  }
  return { undo: () => step('undo'), redo: () => step('redo') };
}
