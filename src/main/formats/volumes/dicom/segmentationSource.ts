import type { Vec3 } from '@shared/space';
import { VolumeProblem } from '../problem';
import type { VolumeEntry } from '../types';
import { readHeader, withDicom } from './file';
import { readFrames } from './frame';
import { pixelFormat } from './image';
import { isLabelSource } from './segmentation';
import * as tags from './tags';
import type { DicomSource, SourceFile } from './volume';

/** A picture that a slice of the mask lies on. */
export interface Reference {
  readonly classUid: string;
  readonly instanceUid: string;
  /** From 1; undefined of files with one picture. */
  readonly frame: number | undefined;
  readonly position: Vec3 | undefined;
}

/** What a segmentation takes over of the images that it belongs to. */
export interface SegmentationSource {
  readonly patient: { readonly name: string; readonly id: string; readonly birthDate: string; readonly sex: string };
  readonly study: {
    readonly uid: string;
    readonly date: string;
    readonly time: string;
    readonly id: string;
    readonly description: string;
    readonly accession: string;
    readonly physician: string;
  };
  readonly seriesUid: string;
  readonly frameOfReference: string;
  readonly positionReference: string;
  readonly thickness: number | undefined;
  /** Of each slice of the volume; empty where its slices are no pictures of their own. */
  readonly slices: readonly Reference[];
}

/** Reads the headers of a DICOM volume once more, for what its listing left out. @throws VolumeProblem */
export async function segmentationSource(entry: VolumeEntry): Promise<SegmentationSource> {
  const source = entry.source as DicomSource;
  const files = await Promise.all(source.files.map((file) => readAgain(file)));
  const { data, frames } = files[0]!;
  return {
    patient: {
      name: data.text(tags.PatientName),
      id: data.text(tags.PatientId),
      birthDate: data.text(tags.PatientBirthDate),
      sex: data.text(tags.PatientSex),
    },
    study: {
      uid: data.text(tags.StudyUid),
      date: data.text(tags.StudyDate),
      time: data.text(tags.StudyTime),
      id: data.text(tags.StudyId),
      description: data.text(tags.StudyDescription),
      accession: data.text(tags.AccessionNumber),
      physician: data.text(tags.ReferringPhysician),
    },
    seriesUid: data.text(tags.SeriesUid),
    frameOfReference: data.text(tags.FrameOfReference),
    positionReference: data.text(tags.PositionReference),
    thickness: frames[0]?.thickness,
    slices: isLabelSource(source)
      ? []
      : source.slices.map(({ file, frame, tile }) => {
          const { data: own, frames: all, many } = files[file]!;
          return {
            classUid: own.text(tags.SopClassUid),
            instanceUid: own.text(tags.SopInstanceUid),
            frame: many ? frame + 1 : undefined,
            // Tiles of a mosaic lie elsewhere than the picture that holds them.
            position: tile === undefined ? all[frame]?.position : undefined,
          };
        }),
  };
}

const readAgain = ({ path, state }: SourceFile) =>
  withDicom(path, async (handle, size) => {
    const { mtimeMs } = await handle.stat();
    if (`${size}-${mtimeMs}` !== state)
      throw new VolumeProblem(path, 'unreadable', { detail: 'it has changed since it was listed' });
    const header = await readHeader(handle, path, size);
    const format = pixelFormat(header);
    return { data: header.data, frames: readFrames(header, format), many: format.frames > 1 };
  });
