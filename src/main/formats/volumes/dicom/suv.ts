import type { Dataset } from './dataset';
import * as tags from './tags';

/** A day in seconds: an injection before midnight lies on the day before. */
const DAY = 86400;

/**
 * SUV by body weight of one Bq/ml, or undefined where the header does not allow it (QIBA's vendor-neutral rule): attenuation and decay
 * are corrected, weight and dose are given, and it is known to which moment the decay was corrected.
 * Source: QIBA FDG-PET/CT profile, "SUV vendor neutral pseudo-code", without the vendors' private fields.
 */
export function suvFactor(data: Dataset): number | undefined {
  if (data.text(tags.PetUnits) !== 'BQML') return undefined;
  const corrected = data.texts(tags.CorrectedImage);
  if (!corrected.includes('ATTN') || !corrected.includes('DECY')) return undefined;
  const weight = data.number(tags.PatientWeight);
  const drug = data.item(tags.Radiopharmaceutical);
  const dose = drug?.number(tags.RadionuclideDose);
  if (!weight || !dose || !(weight > 0) || !(dose > 0)) return undefined;
  const perGram = (weight * 1000) / dose;
  const decay = data.text(tags.DecayCorrection);
  if (decay === 'ADMIN') return perGram;
  const halfLife = drug?.number(tags.HalfLife);
  if (decay !== 'START' || !halfLife || !(halfLife > 0)) return undefined;
  const scanned = secondsOf(data.text(tags.SeriesTime));
  const acquired = secondsOf(data.text(tags.AcquisitionTime));
  const given =
    secondsOf(drug?.text(tags.DrugStartDateTime).slice(8) ?? '') ?? secondsOf(drug?.text(tags.DrugStartTime) ?? '');
  // A series time after the acquisition was set anew by a later processing, and says nothing of the scan.
  if (scanned === undefined || given === undefined || (acquired !== undefined && scanned > acquired + 1))
    return undefined;
  const waited = scanned - given + (scanned < given ? DAY : 0);
  return perGram * 2 ** (waited / halfLife);
}

/** Seconds of the day of a DICOM time, `HHMMSS.FFFFFF` from the left as far as it goes. */
function secondsOf(time: string): number | undefined {
  const found = /^(\d{2})(\d{2})(\d{2}(?:\.\d+)?)/.exec(time);
  return found ? Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3]) : undefined;
}
