import { z } from 'zod';
import { fileVolume, fileVolumes, openedSample, openedVolume, studyVolume, textVerdict } from '../domain';
import { base, nothing } from './base';

export const volumes = {
  /** All volumes in files and folders, by their headers; what is not read, and why. */
  list: base.input(z.object({ paths: z.array(z.string()).min(1) })).output(fileVolumes),
  /** Opens a listed one; its slices are then at `pixelPath.volume`. */
  open: base.input(z.object({ id: z.string() })).output(openedVolume),
  /** What lies over a listed volume's pictures in its own files (DICOM's groups 60xx): label maps to open as any listed volume. */
  overlays: base.input(z.object({ id: z.string() })).output(z.array(fileVolume)),
  /** Opens the volume of a study that a sample is, or lies in, at full resolution; null of other samples. */
  openSample: base.input(z.object({ key: z.number().int() })).output(openedSample.nullable()),
  /** Of the study that a sample is, or lies in: de-identified; null of other samples. */
  ofSample: base.input(z.object({ key: z.number().int() })).output(studyVolume.nullable()),
  /** Samples whose pixels may hold names, and at which nobody has looked. */
  textQueue: base.input(nothing).output(z.object({ keys: z.array(z.number().int()) })),
  /** What a reader found in the pixels of a sample's volume. */
  reviewText: base.input(z.object({ key: z.number().int(), verdict: textVerdict })).output(studyVolume),
  close: base.input(z.object({ token: z.string() })).output(nothing),
  /** What a label map's values are called, by value, where a table lies beside its file. */
  labelNames: base.input(z.object({ id: z.string() })).output(z.record(z.string(), z.string())),
};
