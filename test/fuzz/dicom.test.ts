import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '@shared/errors';
import { dicom } from '@main/formats/volumes/dicom';
import { hasShared, sharedPath } from '../shared-data';
import { build, ctSlice, words, type Elements } from '../unit/formats/volumes/dicom/build';
import { fuzz, RUNS } from './damage';

/** A file either is listed and read to as many values as its header says, or refused with one reason. */
async function everything(path: string): Promise<number[]> {
  const { volumes, refused } = await dicom.list([path]);
  const lengths: number[] = [];
  for (const entry of volumes) {
    const open = await dicom.open(entry);
    const { size, components } = open.header;
    try {
      for await (const { values } of open.slices(Array.from({ length: size[2] }, (_, i) => i)))
        lengths.push(values.length / (size[0] * size[1] * components));
    } catch (error) {
      throw asUserError(error);
    } finally {
      await open.close();
    }
  }
  if (volumes.length === 0) throw new UserError('file-damaged', refused[0]!.reason, { file: path });
  return lengths;
}

/** The fuzzer knows `UserError`; a `VolumeProblem` is as good an answer. */
const asUserError = (error: unknown): unknown =>
  error instanceof Error && error.name === 'VolumeProblem' ? new UserError('file-damaged', error.message) : error;

const wholeSlices = (lengths: readonly number[]): void => {
  expect(lengths.every((n) => n === 1)).toBe(true);
};

describe('damaged DICOM files', () => {
  const group = (z: number): Elements => ({ '00209113 SQ': [{ '00200032 DS': `0\\0\\${z}` }] });
  const enhanced: Elements = {
    ...ctSlice(0),
    '00280008 IS': '3',
    '52009229 SQ': [
      { '00209116 SQ': [{ '00200037 DS': '1\\0\\0\\0\\1\\0' }], '00289110 SQ': [{ '00280030 DS': '1\\1' }] },
    ],
    '52009230 SQ': [0, 2, 4].map(group),
    '7fe00010 OW': words(Array.from({ length: 36 }, (_, i) => i)),
  };

  it.each([
    ['explicit', build(ctSlice(2))],
    ['implicit, open sequences', build(enhanced, { implicit: true, open: true })],
    ['enhanced', build(enhanced)],
  ])('%s', async (name, original) => {
    const outcomes = await fuzz(original, `${name}.dcm`, everything, wholeSlices);
    expect(outcomes.read + outcomes.refused).toBe(RUNS);
  });

  it
    .skipIf(!hasShared)
    .each([
      'ctimage_wado/CTImage.dcm_JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm',
      'ctimage_wado/CTImage.dcm_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm',
      'ctimage_wado/CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm',
      'ctimage_wado/CTImage.dcm_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm',
      'ctimage_wado/CTImage.dcm_RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm',
      'ctimage_wado/CTImage.dcm_DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99.dcm',
      'dicomparser_encapsulated/encapsulated__multi-frame__CT0012.fragmented_no_bot_jpeg_ls.80.dcm',
    ])('%s', async (name) => {
    const original = readFileSync(sharedPath('data', 'dicom_transfer_syntaxes', name));
    await fuzz(original, 'a.dcm', everything, wholeSlices, Math.ceil(RUNS / 8));
  });
});
