import { readBoxes, volumeCalled } from '@main/project/boxes/file';
import type { Services } from '../services';
import type { Part } from './base';

export function boxProcedures(api: Part<'boxes'>, services: Services) {
  return {
    list: api.list.handler(({ input }) => ({ boxes: services.session().project.boxes.list(input.volume) })),
    add: api.add.handler(({ input: { boxes, ...options } }) => {
      const session = services.session();
      const { volumes } = session.project;
      const named = boxes.map((box) => ({
        ...box,
        volume: typeof box.volume === 'number' ? box.volume : volumeCalled(volumes, box.volume),
      }));
      const added = session.project.boxes.add(named, options);
      session.boxesChanged(added.map(({ key }) => key));
      return { boxes: added };
    }),
    move: api.move.handler(({ input: { boxes, ...options } }) => {
      const session = services.session();
      session.project.boxes.move(boxes, options);
      session.boxesChanged(boxes.map(({ key }) => key));
      return {};
    }),
    remove: api.remove.handler(({ input: { keys, ...options } }) => {
      const session = services.session();
      session.project.boxes.remove(keys, options);
      session.boxesChanged(keys);
      return {};
    }),
    importFile: api.importFile.handler(async ({ input: { file, reader } }) => {
      const session = services.session();
      const { project } = session;
      const listed = await readBoxes(file, project.volumes, project.scheme);
      const options = { origin: 'script', reader } as const;
      const boxes = project.boxes.add(listed, options);
      const labels = boxes.flatMap(({ key }, i) => {
        const { class: id } = listed[i]!;
        return id === null ? [] : [{ key, change: { class: id, state: 'labelled' as const } }];
      });
      if (labels.length > 0) project.labels.setEach(labels, { ...options, context: null });
      session.boxesChanged(boxes.map(({ key }) => key));
      return { boxes, labelled: labels.length };
    }),
  };
}
