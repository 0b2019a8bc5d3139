import { z } from 'zod';
import { fileVolumes, openedSample, openedVolume } from '../domain';
import { base, nothing } from './base';

export const volumes = {
  /** All volumes in files and folders, by their headers; what is not read, and why. */
  list: base.input(z.object({ paths: z.array(z.string()).min(1) })).output(fileVolumes),
  /** Opens a listed one; its slices are then at `pixelPath.volume`. */
  open: base.input(z.object({ id: z.string() })).output(openedVolume),
  /** Opens the volume of a study that a sample is, or lies in, at full resolution; null of other samples. */
  openSample: base.input(z.object({ key: z.number().int() })).output(openedSample.nullable()),
  close: base.input(z.object({ token: z.string() })).output(nothing),
  /** What a label map's values are called, by value, where a table lies beside its file. */
  labelNames: base.input(z.object({ id: z.string() })).output(z.record(z.string(), z.string())),
};
