import { useKeys } from '@renderer/app/shortcuts';
import type { MaskEditor, MaskTool } from './useMaskEditor';

/** Everything about masks by keys. They act while a mask is in hand; one key takes it up and puts it down. */
export function useMaskKeys(editor: MaskEditor, active: () => boolean): void {
  const choose = (tool: MaskTool) => (): void => editor.set({ tool });
  function toggle(): void {
    const last = editor.list.value.at(-1);
    if (editor.info.value) editor.close();
    else if (editor.refusal.value === null) void (last ? editor.open(last.id) : editor.createEmpty());
  }
  useKeys({ maskEdit: toggle }, active);
  useKeys(
    {
      undo: () => editor.turn('undo'),
      redo: () => editor.turn('redo'),
      maskBrush: choose('brush'),
      maskEraser: choose('eraser'),
      maskFill: choose('fill'),
      maskBall: () => editor.set({ ball: !editor.ball.value }),
      maskApply: () => editor.apply(),
      maskSmaller: () => editor.resize(-1),
      maskLarger: () => editor.resize(1),
      maskLimits: () => editor.toggleLimits(),
      maskProtect: () => editor.set({ protect: !editor.protect.value }),
      maskNextSegment: () => editor.pickSegment(1),
      maskPreviousSegment: () => editor.pickSegment(-1),
      maskAddSegment: () => editor.addSegment(),
      maskBetween: () => editor.between(),
      maskLargest: () => editor.largest(),
      maskDone: () => editor.close(),
    },
    () => active() && editor.info.value !== null,
  );
}
