import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { VolumeReader } from '@main/compute';
import { readingChildren } from './readingChildren';

const small = resolve(import.meta.dirname, '../../fixtures/volumes/small');

describe('a reading process that dies', () => {
  it('ends the reading of that file, with its name; the next one is read by a fresh process', async () => {
    const fatal: { method: string | null } = { method: null };
    const spawner = readingChildren(fatal);
    const reader = new VolumeReader(spawner);
    const { volumes, refused } = await reader.list([join(small, 'int16.nii'), join(small, 'nowhere')]);
    expect(refused).toMatchObject([{ code: 'missing', file: join(small, 'nowhere') }]);
    fatal.method = 'inspect';
    await expect(reader.inspect(volumes[0]!)).rejects.toMatchObject({
      file: join(small, 'int16.nii'),
      code: 'codec-crashed',
      values: { detail: expect.stringMatching(/SIGSEGV/) as string },
    });
    fatal.method = null;
    expect(await reader.inspect(volumes[0]!)).toMatchObject({ size: [5, 4, 3], type: 'int16' });
    expect(spawner.started).toBe(2);
    fatal.method = 'list';
    expect((await reader.list([small])).refused).toMatchObject([{ code: 'codec-crashed', file: small }]);
    await reader.close();
  });

  it('is ended where it hangs, with the name of the file, however often it could still be asked', async () => {
    const fatal: { method: string | null; hangs?: boolean } = { method: null };
    const spawner = readingChildren(fatal);
    const reader = new VolumeReader(spawner, 1);
    const { volumes } = await reader.list([join(small, 'int16.nii')]);
    Object.assign(fatal, { method: 'inspect', hangs: true });
    await expect(reader.inspect(volumes[0]!)).rejects.toMatchObject({
      file: join(small, 'int16.nii'),
      code: 'codec-crashed',
      values: { detail: 'the reading process did not answer for 1 s and was ended' },
    });
    fatal.method = null;
    expect(await reader.inspect(volumes[0]!)).toMatchObject({ size: [5, 4, 3] });
    expect(spawner.started).toBe(2);
    await reader.close();
  });

  it('a defect of ours refuses that file and says so, the others are read', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const reader = new VolumeReader(readingChildren({ method: null }));
    const { volumes } = await reader.list([join(small, 'int16.nii'), join(small, 'raw.nrrd')]);
    const broken = { ...volumes[0]!, source: { nothing: true } };
    await expect(reader.inspect(broken)).rejects.toMatchObject({ code: 'codec-failed', values: { codec: 'Residua' } });
    expect(said).toHaveBeenCalledOnce();
    expect(await reader.inspect(volumes[1]!)).toMatchObject({ size: [5, 4, 3] });
    await reader.close();
    said.mockRestore();
  });

  it('what goes wrong in writing is said of the new file', async () => {
    const reader = new VolumeReader(readingChildren({ method: null }));
    const { volumes } = await reader.list([join(small, 'int16.nii')]);
    const to = join(small, 'no such folder', 'out.nii');
    await expect(reader.convert(volumes[0]!, to)).rejects.toMatchObject({ code: 'file-missing', file: dirname(to) });
    await reader.close();
  });

  it('slices of an open volume come in the wanted order, until it is closed', async () => {
    const reader = new VolumeReader(readingChildren({ method: null }));
    const file = join(small, 'series.nii.gz');
    const { volumes } = await reader.list([file]);
    expect(volumes).toHaveLength(3);
    const { handle, scaling, stored } = await reader.open(volumes[1]!);
    expect({ scaling, stored }).toEqual({ scaling: { slope: 1, intercept: 0 }, stored: 'int16' });
    const { slices } = await reader.read(handle, [2, 0], file);
    expect(slices.map(({ index, values }) => [index, values.length, values.constructor.name])).toEqual([
      [2, 20, 'Int16Array'],
      [0, 20, 'Int16Array'],
    ]);
    await reader.closeVolume(handle);
    await expect(reader.read(handle, [1], file)).rejects.toMatchObject({ code: 'cancelled' });
    await reader.close();
  });

  it('never takes a handle of a process that died for another volume', async () => {
    const fatal: { method: string | null } = { method: null };
    const reader = new VolumeReader(readingChildren(fatal));
    const { volumes } = await reader.list([join(small, 'int16.nii'), join(small, 'raw.nrrd')]);
    const { handle } = await reader.open(volumes[0]!);
    fatal.method = 'inspect';
    await expect(reader.inspect(volumes[0]!)).rejects.toMatchObject({ code: 'codec-crashed' });
    fatal.method = null;
    await reader.open(volumes[1]!);
    await expect(reader.read(handle, [0], 'int16.nii')).rejects.toMatchObject({ code: 'cancelled' });
    await reader.close();
  });

  it('ends its process once no volume was open for a while, and starts another for the next', async () => {
    vi.useFakeTimers();
    try {
      const spawner = readingChildren();
      const kill = vi.fn<() => void>();
      const reader = new VolumeReader({
        spawn: () => {
          const child = spawner.spawn({});
          return { ...child, kill: () => (kill(), child.kill()) };
        },
      });
      const { volumes } = await reader.list([join(small, 'int16.nii')]);
      const { handle } = await reader.open(volumes[0]!);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(kill).not.toHaveBeenCalled();
      expect((await reader.read(handle, [1], 'int16.nii')).slices).toHaveLength(1);
      await reader.closeVolume(handle);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(kill).toHaveBeenCalledOnce();
      expect(await reader.inspect(volumes[0]!)).toMatchObject({ size: [5, 4, 3] });
      expect(spawner.started).toBe(2);
      await reader.close();
    } finally {
      vi.useRealTimers();
    }
  });
});
