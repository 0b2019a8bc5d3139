/** What a cell's number format makes of its number; null: nothing that matters to a table. */
export type CellFormat =
  { readonly kind: 'zeros'; readonly digits: number } | { readonly kind: 'date'; readonly from1904: boolean } | null;

/** Numbers of formats that every XLSX has without saying them: dates and times. */
const BUILT_IN_DATES = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 30, 36, 45, 46, 47, 50, 57]);
const DAY_MS = 86_400_000;

/** The formats of an XLSX's cells, by the number that a cell names. @param parse goes through its styles */
export async function readFormats(
  parse: (onTag: (name: string, attributes: Readonly<Record<string, string>>) => void) => Promise<void>,
  from1904: boolean,
): Promise<CellFormat[]> {
  const codes = new Map<number, string>();
  const formats: CellFormat[] = [];
  let inCells = false;
  await parse((name, attributes) => {
    if (name === 'numFmt') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
    // Named styles have a list of their own, which cells do not refer to.
    if (name === 'cellXfs' || name === 'cellStyleXfs' || name === 'cellStyles') inCells = name === 'cellXfs';
    if (name !== 'xf' || !inCells) return;
    const id = Number(attributes.numFmtId ?? 0);
    const code = codes.get(id);
    if (code === undefined) formats.push(BUILT_IN_DATES.has(id) ? { kind: 'date', from1904 } : null);
    else formats.push(formatOf(code, from1904));
  });
  return formats;
}

function formatOf(code: string, from1904: boolean): CellFormat {
  // Quoted text, escaped characters, colours and currencies are no part of the number.
  const bare = code.replace(/"[^"]*"|\\.|\[[^\]]*\]/g, '').split(';')[0]!;
  if (/^0{2,}$/.test(bare)) return { kind: 'zeros', digits: bare.length };
  return /[ymdhs年月日]/i.test(bare) && !/general/i.test(bare) ? { kind: 'date', from1904 } : null;
}

/** A number cell as text: what a person sees where that is a date or an id with zeros, else all digits that are stored. */
export function numberText(stored: string, format: CellFormat | undefined): string {
  const value = Number(stored);
  if (!Number.isFinite(value)) return stored;
  if (format?.kind === 'zeros' && Number.isInteger(value) && value >= 0) return stored.padStart(format.digits, '0');
  if (format?.kind === 'date' && value >= 0) return dateText(value, format.from1904);
  // Spreadsheets write long whole numbers with an exponent.
  return Number.isSafeInteger(value) ? String(value) : stored;
}

/** Days since the epoch of the file as ISO 8601, with the time only where there is one. */
function dateText(days: number, from1904: boolean): string {
  // Day 60 of the 1900 calendar is a 29 February that never was.
  const epoch = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
  const time = new Date(epoch + Math.round(days * 86_400) * 1000);
  if (Number.isNaN(time.getTime())) return String(days);
  const [date, clock] = time.toISOString().slice(0, 19).split('T') as [string, string];
  if (days < 1) return clock;
  return time.getTime() % DAY_MS === 0 ? date : `${date} ${clock}`;
}
