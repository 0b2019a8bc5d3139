/** DICOM's character sets (PS3.3, C.12.1.1.2) by the names that TextDecoder has for them. */
const DECODERS: Readonly<Record<string, string>> = {
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 166': 'windows-874',
  'ISO 2022 IR 87': 'iso-2022-jp',
  'ISO 2022 IR 149': 'euc-kr',
  'ISO 2022 IR 58': 'gb18030',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** Text as its writer meant it; unknown sets are read as Latin-1, which never fails. */
export function decodeText(bytes: Buffer, sets: readonly string[]): string {
  const named = [...sets].reverse().find((name) => name !== '');
  const label = DECODERS[named ?? ''] ?? DECODERS[(named ?? '').replace('ISO 2022 IR', 'ISO_IR')];
  if (label === undefined || label === 'iso-8859-1') return bytes.toString('latin1');
  // Code extensions announce Korean and Chinese by escape sequences; the bytes that follow are plain EUC.
  const text = new TextDecoder(label).decode(bytes);
  return label === 'euc-kr' || label === 'gb18030' ? text.replace(/\u001b\$\)[AC]/g, '') : text;
}
